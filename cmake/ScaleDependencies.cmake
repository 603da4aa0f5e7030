# SPDX-License-Identifier: BSD-2-Clause
# One imported target per library we use, static or shared as asked for.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# scale_find(target pkg-config-module): the shared library.
function(scale_find name module)
	pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
	add_library(dep_${name} INTERFACE)
	target_link_libraries(dep_${name} INTERFACE PkgConfig::${name})
endfunction()

# scale_find_static(target module archive...): the archives, by full path.
function(scale_find_static name module)
	pkg_check_modules(${name} REQUIRED ${module})
	add_library(dep_${name} INTERFACE)
	target_include_directories(dep_${name} SYSTEM INTERFACE ${${name}_INCLUDE_DIRS})
	foreach(archive ${ARGN})
		find_library(archive_${archive} NAMES lib${archive}.a REQUIRED)
		target_link_libraries(dep_${name} INTERFACE ${archive_${archive}})
	endforeach()
endfunction()

scale_find(openssl openssl)
scale_find(yaml yaml-0.1)
scale_find(mount mount)
scale_find(blkid blkid)
if(SCALE_STATIC)
	scale_find_static(protobufc libprotobuf-c protobuf-c)
	scale_find_static(jansson jansson jansson)
	scale_find_static(websockets libwebsockets websockets)
	target_link_libraries(dep_websockets INTERFACE dep_openssl cap)
	# gRPC's own list of archives, abseil's dozens among them, in one group.
	pkg_check_modules(grpcu REQUIRED grpc_unsecure)
	add_library(dep_grpc INTERFACE)
	target_include_directories(dep_grpc SYSTEM INTERFACE ${grpcu_INCLUDE_DIRS})
	set(grpc_archives)
	foreach(lib ${grpcu_STATIC_LIBRARIES} cares z upb address_sorting)
		find_library(grpc_archive_${lib} NAMES lib${lib}.a)
		if(grpc_archive_${lib})
			list(APPEND grpc_archives ${grpc_archive_${lib}})
		endif()
	endforeach()
	list(REMOVE_DUPLICATES grpc_archives)
	target_link_libraries(dep_grpc INTERFACE -Wl,--start-group
		${grpc_archives} -Wl,--end-group -static-libstdc++
		-static-libgcc Threads::Threads ${CMAKE_DL_LIBS} m)
else()
	scale_find(protobufc libprotobuf-c)
	scale_find(jansson jansson)
	scale_find(websockets libwebsockets)
	target_link_libraries(dep_websockets INTERFACE dep_openssl)
	find_library(grpc_unsecure_lib NAMES grpc_unsecure REQUIRED)
	find_library(gpr_lib NAMES gpr REQUIRED)
	add_library(dep_grpc INTERFACE)
	target_link_libraries(dep_grpc INTERFACE ${grpc_unsecure_lib} ${gpr_lib}
		Threads::Threads)
endif()
