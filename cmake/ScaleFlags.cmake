# SPDX-License-Identifier: BSD-2-Clause
# scale_flags: what every C file of ours is compiled with.
add_library(scale_flags INTERFACE)
target_compile_features(scale_flags INTERFACE c_std_17)
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# CMake's own flags switch assertions off; ours stay on in what ships.
set(CMAKE_C_FLAGS_RELEASE "-O2")
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O1 -g")
target_include_directories(scale_flags INTERFACE
	${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/core)
target_compile_definitions(scale_flags INTERFACE
	_GNU_SOURCE SCALE_CSI_VERSION="${PROJECT_VERSION}")
target_compile_options(scale_flags INTERFACE
	$<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wshadow -Wvla -Wstrict-prototypes
	-Wmissing-prototypes -Wconversion -Wformat=2 -Wcast-qual
	-Wimplicit-fallthrough>
	-ffunction-sections -fdata-sections -fstack-protector-strong
	-fvisibility=hidden)
if(CMAKE_C_COMPILER_ID MATCHES Clang)
	target_compile_options(scale_flags INTERFACE -Wthread-safety)
else()
	target_compile_options(scale_flags INTERFACE -fstack-clash-protection)
endif()
if(SCALE_WERROR)
	target_compile_options(scale_flags INTERFACE -Werror)
endif()
if(SCALE_SANITIZE STREQUAL "address")
	add_compile_options(-fsanitize=address,undefined -fno-omit-frame-pointer
		-fno-sanitize-recover=undefined)
	add_link_options(-fsanitize=address,undefined)
elseif(SCALE_SANITIZE STREQUAL "thread")
	add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
	add_link_options(-fsanitize=thread)
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
	target_compile_options(scale_flags INTERFACE -U_FORTIFY_SOURCE
		-D_FORTIFY_SOURCE=3)
endif()
if(SCALE_FUZZ) # what libFuzzer steers by
	add_compile_options(-fsanitize=fuzzer-no-link)
endif()
add_link_options(-Wl,-z,relro,-z,now -Wl,--as-needed -Wl,--gc-sections)
