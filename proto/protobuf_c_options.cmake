# SPDX-License-Identifier: BSD-2-Clause
#
# Writes the contract IN to OUT with protobuf-c's options put in: no pack and
# init helpers per message (a third of the code), and const strings, so that a
# reply may point at a literal.

file(READ ${IN} text)
string(REGEX REPLACE "\n(package [^\n]*)\n" "\n\\1\n
import \"protobuf-c/protobuf-c.proto\";
option (pb_c_file).gen_pack_helpers = false;
option (pb_c_file).gen_init_helpers = false;
option (pb_c_file).const_strings = true;
" with_options "${text}")
if(with_options STREQUAL text)
	message(FATAL_ERROR "${IN} has no package line to put options after")
endif()
file(WRITE ${OUT} "${with_options}")
