# SPDX-License-Identifier: BSD-2-Clause
# scale_add_unit_test(name SOURCES ... LIBS ...): a CMocka program under ctest.
function(scale_add_unit_test name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;LIBS;ENV")
	pkg_check_modules(cmocka REQUIRED QUIET IMPORTED_TARGET GLOBAL cmocka)
	add_executable(${name} ${arg_SOURCES})
	target_link_libraries(${name} PRIVATE scale_flags ${arg_LIBS}
		PkgConfig::cmocka)
	target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
	set_target_properties(${name} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
	add_test(NAME ${name} COMMAND ${name})
	if(NOT arg_TIMEOUT)
		set(arg_TIMEOUT 120)
	endif()
	set_tests_properties(${name} PROPERTIES LABELS unit
		TIMEOUT ${arg_TIMEOUT} ENVIRONMENT "${arg_ENV}")
endfunction()
