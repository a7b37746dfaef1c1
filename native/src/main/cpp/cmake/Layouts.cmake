# Writes down the structs of the llama.cpp that LlamaCpp.cmake has found (docs/spec/native.md), for the Java side, into
# the folder of the libraries:
#   known-layouts.txt  those of each release in native/llama.cpp/layouts, oldest first
#   layouts.txt        those of this llama.cpp by its own llama.h, if that lies with the libraries
# Headers and libraries that contradict each other are refused.

file(GLOB rwkv_ms_known ${rwkv_ms_npm}/layouts/*.txt)
list(SORT rwkv_ms_known COMPARE NATURAL)
# The line that makes this llama.cpp known, if none of them fits it.
get_filename_component(rwkv_ms_package ${rwkv_ms_folder}/../.. ABSOLUTE)
get_filename_component(rwkv_ms_name ${rwkv_ms_libllama} NAME)
set(rwkv_ms_cure "")
if(EXISTS ${rwkv_ms_package}/package.json)
  file(READ ${rwkv_ms_package}/package.json rwkv_ms_json)
  if(rwkv_ms_json MATCHES "\"name\": *\"@node-llama-cpp/")
    string(REGEX MATCH "\"version\": *\"([^\"]*)\"" rwkv_ms_version "${rwkv_ms_json}")
    set(rwkv_ms_cure ${CMAKE_MATCH_1})
  endif()
endif()
if(NOT rwkv_ms_cure)
  string(REGEX REPLACE "^libllama[.](so[.]|dylib)?|[.]?(so|dylib)$" "" rwkv_ms_release ${rwkv_ms_name})
  if(NOT rwkv_ms_release)
    set(rwkv_ms_release mine)
  endif()
  set(rwkv_ms_cure "${rwkv_ms_release} INCLUDES ${rwkv_ms_folder}")
endif()
set(rwkv_ms_text "cure native/src/main/sh/known-layout ${rwkv_ms_cure}\n")
foreach(file ${rwkv_ms_known})
  file(READ ${file} content)
  string(APPEND rwkv_ms_text "${content}")
endforeach()
file(WRITE ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/known-layouts.txt "${rwkv_ms_text}")
file(REMOVE ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/layouts.txt)

set(rwkv_ms_llama_h "")
foreach(folder ${rwkv_ms_header_folders})
  if(NOT rwkv_ms_llama_h AND EXISTS ${folder}/llama.h)
    set(rwkv_ms_llama_h ${folder}/llama.h)
  endif()
endforeach()

if(rwkv_ms_llama_h)
  get_filename_component(folder ${rwkv_ms_llama_h} DIRECTORY)
  set(rwkv_ms_include_options -isystem ${folder})
  foreach(include ${RWKV_MS_LLAMA_INCLUDES})
    list(APPEND rwkv_ms_include_options -isystem ${include})
  endforeach()
  set(rwkv_ms_probe ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/../layouts)
  set(rwkv_ms_link "")
  foreach(library ${CMAKE_DL_LIBS})
    list(APPEND rwkv_ms_link -l${library})
  endforeach()
  # Without optimisation: the program looks at memory that a called function writes.
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -std=c++17 -O0 ${rwkv_ms_include_options}
                          ${CMAKE_CURRENT_LIST_DIR}/../layouts/main.cpp ${rwkv_ms_link} -o ${rwkv_ms_probe}
                  RESULT_VARIABLE rwkv_ms_result ERROR_VARIABLE rwkv_ms_said OUTPUT_VARIABLE rwkv_ms_said)
  if(NOT rwkv_ms_result EQUAL 0)
    message(FATAL_ERROR "${rwkv_ms_llama_h}: expected a header from which C++17 knows the structs of llama.cpp: ${rwkv_ms_said}")
  endif()
  set(rwkv_ms_copies "")
  foreach(library ${rwkv_ms_libggml_base} ${rwkv_ms_ggml} ${rwkv_ms_libllama})
    get_filename_component(name ${library} NAME)
    list(APPEND rwkv_ms_copies ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/${name})
  endforeach()
  execute_process(COMMAND ${rwkv_ms_probe} ${rwkv_ms_copies} RESULT_VARIABLE rwkv_ms_result
                  ERROR_VARIABLE rwkv_ms_said OUTPUT_VARIABLE rwkv_ms_text)
  file(REMOVE ${rwkv_ms_probe})
  string(STRIP "${rwkv_ms_said}" rwkv_ms_said)
  if(rwkv_ms_result EQUAL 1)
    message(FATAL_ERROR "${rwkv_ms_llama_h} and ${rwkv_ms_libllama} contradict each other: ${rwkv_ms_said}: "
                        "give the headers that the libraries were built with")
  elseif(NOT rwkv_ms_result EQUAL 0)
    message(FATAL_ERROR "${rwkv_ms_libllama}: ${rwkv_ms_said} (${rwkv_ms_result})")
  endif()
  file(WRITE ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/layouts.txt
       "release its own\nsource ${rwkv_ms_llama_h}, with the defaults of ${rwkv_ms_libllama}\n${rwkv_ms_text}")
  message(STATUS "structs of llama.cpp from ${rwkv_ms_llama_h}")
endif()
