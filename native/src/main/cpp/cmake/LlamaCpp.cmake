# Finds llama.cpp's headers and libraries, copies the libraries beside librwkv_ms, and sets
#   RWKV_MS_LLAMA_INCLUDES   include folders with ggml.h and gguf.h
#   RWKV_MS_LLAMA_LIBRARIES  libggml and libggml-base to link
#   RWKV_MS_LIBLLAMA         file name of libllama, which is not linked: a host brings it
#
# File names differ between builds (libggml.so, libggml.v0.5.0.so, libggml.so.0, libggml.dylib), hence the patterns.

if(APPLE)
  set(rwkv_ms_platforms mac-arm64-metal mac-x64)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64")
    set(rwkv_ms_platforms mac-x64)
  endif()
elseif(WIN32)
  message(FATAL_ERROR "librwkv_ms is built with GCC or Clang on Linux or macOS: "
                      "the npm packages for Windows have no import libraries")
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(rwkv_ms_platforms linux-arm64)
else()
  set(rwkv_ms_platforms linux-x64)
endif()

set(rwkv_ms_npm ${PROJECT_SOURCE_DIR}/../../../llama.cpp)
get_filename_component(rwkv_ms_npm ${rwkv_ms_npm} ABSOLUTE)

if(RWKV_MS_LLAMA_DIR)
  set(rwkv_ms_library_folders ${RWKV_MS_LLAMA_DIR}/build/bin ${RWKV_MS_LLAMA_DIR}/build/lib ${RWKV_MS_LLAMA_DIR}/lib
      ${RWKV_MS_LLAMA_DIR}/lib64 ${RWKV_MS_LLAMA_DIR}/bin)
  set(rwkv_ms_header_folders ${RWKV_MS_LLAMA_DIR}/ggml/include ${RWKV_MS_LLAMA_DIR}/include)
  string(CONCAT rwkv_ms_hint "RWKV_MS_LLAMA_DIR must be a llama.cpp source tree with shared libraries built in build/, "
                             "or an install prefix")
else()
  set(rwkv_ms_library_folders ${RWKV_MS_LLAMA_BINARIES})
  set(rwkv_ms_header_folders ${RWKV_MS_LLAMA_HEADERS})
  if(NOT RWKV_MS_LLAMA_BINARIES)
    foreach(platform ${rwkv_ms_platforms})
      list(APPEND rwkv_ms_library_folders ${rwkv_ms_npm}/node_modules/@node-llama-cpp/${platform}/bins/${platform})
    endforeach()
  endif()
  if(NOT RWKV_MS_LLAMA_HEADERS)
    set(rwkv_ms_header_folders ${rwkv_ms_npm}/headers/node_modules/@fugood/llama.node/src/llama.cpp/ggml/include)
  endif()
  string(CONCAT rwkv_ms_hint "run 'npm ci --ignore-scripts' in ${rwkv_ms_npm} and in ${rwkv_ms_npm}/headers, "
                             "or give a llama.cpp build of your own with -DRWKV_MS_LLAMA_DIR=<folder>")
endif()

# First file of the folders that matches one of the patterns.
function(rwkv_ms_find out what)
  foreach(folder ${rwkv_ms_library_folders})
    foreach(pattern ${ARGN})
      file(GLOB found ${folder}/${pattern})
      if(found)
        list(GET found 0 first)
        set(${out} ${first} PARENT_SCOPE)
        return()
      endif()
    endforeach()
  endforeach()
  message(FATAL_ERROR "${what} of llama.cpp not found in ${rwkv_ms_library_folders}: ${rwkv_ms_hint}")
endfunction()

rwkv_ms_find(rwkv_ms_ggml "libggml" libggml.so libggml.v*.so libggml.dylib libggml.v*.dylib libggml.*.dylib)
rwkv_ms_find(rwkv_ms_ggml_base "libggml-base" libggml-base.so libggml-base.v*.so libggml-base.dylib
             libggml-base.*.dylib)
rwkv_ms_find(rwkv_ms_llama "libllama" libllama.so libllama.v*.so libllama.dylib libllama.v*.dylib libllama.*.dylib)

set(RWKV_MS_LLAMA_INCLUDES "")
foreach(header ggml.h gguf.h ggml-backend.h ggml-alloc.h)
  unset(rwkv_ms_found)
  foreach(folder ${rwkv_ms_header_folders})
    if(EXISTS ${folder}/${header})
      set(rwkv_ms_found ${folder})
      list(APPEND RWKV_MS_LLAMA_INCLUDES ${folder})
      break()
    endif()
  endforeach()
  if(NOT rwkv_ms_found)
    message(FATAL_ERROR "${header} of llama.cpp not found in ${rwkv_ms_header_folders}: ${rwkv_ms_hint}")
  endif()
endforeach()
list(REMOVE_DUPLICATES RWKV_MS_LLAMA_INCLUDES)

get_filename_component(rwkv_ms_folder ${rwkv_ms_ggml} DIRECTORY)
file(GLOB rwkv_ms_copies ${rwkv_ms_folder}/libggml*.so* ${rwkv_ms_folder}/libggml*.dylib ${rwkv_ms_folder}/libllama.*)
file(GLOB rwkv_ms_earlier ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/libggml* ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/libllama*)
if(rwkv_ms_earlier)
  file(REMOVE ${rwkv_ms_earlier}) # of another llama.cpp that was configured before: ggml would load its CPU variants too
endif()
file(COPY ${rwkv_ms_copies} DESTINATION ${CMAKE_LIBRARY_OUTPUT_DIRECTORY})

get_filename_component(RWKV_MS_LIBLLAMA ${rwkv_ms_llama} NAME)
foreach(library ${rwkv_ms_ggml} ${rwkv_ms_ggml_base})
  get_filename_component(name ${library} NAME)
  list(APPEND RWKV_MS_LLAMA_LIBRARIES ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/${name})
endforeach()
message(STATUS "llama.cpp libraries from ${rwkv_ms_folder}")
