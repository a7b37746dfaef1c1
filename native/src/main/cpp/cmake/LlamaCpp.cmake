# Finds llama.cpp's headers and libraries, copies the libraries beside librwkv_ms, and sets
#   RWKV_MS_LLAMA_INCLUDES   include folders with ggml.h and gguf.h
#   RWKV_MS_LLAMA_LIBRARIES  libggml and libggml-base to link
#   RWKV_MS_LIBLLAMA         file name of libllama, which is not linked: a host brings it
# and writes the list of these libraries with their roles, libraries.txt, which the Java side reads (docs/spec/native.md).
#
# File names differ between builds (libggml.so, libggml.v0.5.0.so, libggml.vulkan.v0.5.0.so, libggml.so.0, libggml.dylib):
# a name is libggml, libggml-base or libllama, then anything that begins with a dot.

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

# A name that may be followed by a version or a variant, before or after the suffix.
set(rwkv_ms_rest "([.].*)?[.](so|dylib)([.][0-9.]+)?")

# The file of a folder with that name: the one without version, else the only one; links to one file are one. Empty if
# there is none.
function(rwkv_ms_in folder name out)
  set(${out} "" PARENT_SCOPE)
  file(GLOB found ${folder}/${name}.*)
  list(FILTER found INCLUDE REGEX "/${name}${rwkv_ms_rest}$")
  set(real "")
  foreach(file ${found})
    if(file MATCHES "/${name}[.](so|dylib)$")
      set(${out} ${file} PARENT_SCOPE)
      return()
    endif()
    file(REAL_PATH ${file} target)
    list(APPEND real ${target})
  endforeach()
  list(REMOVE_DUPLICATES real)
  list(LENGTH real count)
  if(count GREATER 1)
    list(JOIN real ", " several)
    message(FATAL_ERROR "${folder}: expected one ${name} of llama.cpp, found ${count}: ${several}: remove those of other builds")
  elseif(found)
    list(GET found 0 first)
    set(${out} ${first} PARENT_SCOPE)
  endif()
endfunction()

# The first folder with a libggml: all libraries come from it.
set(rwkv_ms_ggml "")
foreach(folder ${rwkv_ms_library_folders})
  if(NOT rwkv_ms_ggml)
    rwkv_ms_in(${folder} libggml rwkv_ms_ggml)
    set(rwkv_ms_folder ${folder})
  endif()
endforeach()
if(NOT rwkv_ms_ggml)
  list(JOIN rwkv_ms_library_folders ", " rwkv_ms_searched)
  message(FATAL_ERROR "no library libggml.so of llama.cpp, nor libggml.*.so, libggml.so.* or libggml.*dylib, in "
                      "${rwkv_ms_searched}: ${rwkv_ms_hint}")
endif()
foreach(name libggml-base libllama)
  string(MAKE_C_IDENTIFIER rwkv_ms_${name} variable)
  rwkv_ms_in(${rwkv_ms_folder} ${name} ${variable})
  if(NOT ${variable})
    message(FATAL_ERROR "no library ${name}.so of llama.cpp, nor ${name}.*.so, ${name}.so.* or ${name}.*dylib, in "
                        "${rwkv_ms_folder}, where ${rwkv_ms_ggml} is: ${rwkv_ms_hint}")
  endif()
endforeach()

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

file(GLOB rwkv_ms_earlier ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/libggml* ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/libllama*)
if(rwkv_ms_earlier)
  file(REMOVE ${rwkv_ms_earlier}) # of another llama.cpp that was configured before: ggml would load its CPU variants too
endif()
file(GLOB rwkv_ms_copies ${rwkv_ms_folder}/libggml*.so* ${rwkv_ms_folder}/libggml*.dylib ${rwkv_ms_folder}/libllama.*)
file(COPY ${rwkv_ms_copies} DESTINATION ${CMAKE_LIBRARY_OUTPUT_DIRECTORY})

get_filename_component(RWKV_MS_LIBLLAMA ${rwkv_ms_libllama} NAME)
set(rwkv_ms_list "# What the build took of llama.cpp: role and file of this folder (docs/spec/native.md)\n")
foreach(library ${rwkv_ms_libggml_base} ${rwkv_ms_ggml} ${rwkv_ms_libllama})
  get_filename_component(name ${library} NAME)
  string(REGEX REPLACE "^lib([a-z-]+).*" "\\1" role ${name})
  string(APPEND rwkv_ms_list "${role} ${name}\n")
  if(NOT role STREQUAL llama)
    list(APPEND RWKV_MS_LLAMA_LIBRARIES ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/${name})
  endif()
endforeach()
# Modules that ggml loads while it runs: one per instruction set of the processor, and one per kind of device.
list(FILTER rwkv_ms_copies INCLUDE REGEX "/libggml-[^/]+[.](so|dylib)$")
list(FILTER rwkv_ms_copies EXCLUDE REGEX "/libggml-base[.]")
foreach(library ${rwkv_ms_copies})
  get_filename_component(name ${library} NAME)
  if(name MATCHES "^libggml-cpu[.-]")
    string(APPEND rwkv_ms_list "cpu ${name}\n")
  else()
    string(APPEND rwkv_ms_list "device ${name}\n")
  endif()
endforeach()
file(WRITE ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/libraries.txt "${rwkv_ms_list}")
message(STATUS "llama.cpp libraries from ${rwkv_ms_folder}")
