# SPDX-License-Identifier: BSD-2-Clause
# find_package(ScaleBackend) gives scale_add_backend(name SOURCES...): a target
# backend_<name> that exports scale_backend_entry() and nothing else.
get_filename_component(_scale_prefix "${CMAKE_CURRENT_LIST_DIR}/../../../" ABSOLUTE)
get_filename_component(_scale_libdir "${CMAKE_CURRENT_LIST_DIR}/../../" ABSOLUTE)
find_path(SCALE_BACKEND_INCLUDE_DIR scale_backend.h
	HINTS "${_scale_prefix}/include" "${_scale_libdir}/../include"
	"${_scale_libdir}/../../include" REQUIRED)
set(SCALE_BACKEND_MAP "${CMAKE_CURRENT_LIST_DIR}/backend.map")

function(scale_add_backend name)
	add_library(backend_${name} MODULE ${ARGN})
	target_include_directories(backend_${name} SYSTEM PRIVATE
		${SCALE_BACKEND_INCLUDE_DIR})
	set_target_properties(backend_${name} PROPERTIES PREFIX ""
		C_VISIBILITY_PRESET hidden)
	target_link_options(backend_${name} PRIVATE -Wl,-z,defs,-z,now,-z,relro
		-Wl,--as-needed -Wl,--version-script=${SCALE_BACKEND_MAP})
endfunction()
