# SPDX-License-Identifier: BSD-2-Clause
# scale_add_room(name LIBS...): core/<name> as a static library of all its .c
# files; LIBS are the rooms below it and the libraries it alone may see.
function(scale_add_room target)
	file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
	add_library(${target} STATIC ${sources})
	target_link_libraries(${target} PUBLIC scale_flags ${ARGN})
endfunction()

# scale_add_backend(name SOURCES...): backend_<name>.so with one symbol and
# nothing but libc.
function(scale_add_backend name)
	add_library(backend_${name} MODULE ${ARGN})
	target_link_libraries(backend_${name} PRIVATE scale_flags)
	set_target_properties(backend_${name} PROPERTIES
		PREFIX "" C_VISIBILITY_PRESET hidden
		LIBRARY_OUTPUT_DIRECTORY ${SCALE_BACKEND_DIR})
	target_link_options(backend_${name} PRIVATE -Wl,-z,defs
		-Wl,--version-script=${CMAKE_SOURCE_DIR}/sdk/backend.map)
	set_property(TARGET backend_${name} APPEND PROPERTY
		LINK_DEPENDS ${CMAKE_SOURCE_DIR}/sdk/backend.map)
	install(TARGETS backend_${name}
		LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/scale-csi
		COMPONENT backends)
endfunction()
