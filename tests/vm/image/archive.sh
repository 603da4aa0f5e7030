# SPDX-License-Identifier: BSD-2-Clause
# Sourced: the view of the guest's Debian release through the archives that
# this machine is set up with. The host's own package lists stay untouched.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# archive_uri LABEL: the host's archive with that label, or nothing
archive_uri()
{
	apt-get indextargets --format '$(REPO_URI) $(LABEL)' |
		awk -v label="$1" '$2 == label && !seen++ { print $1 }'
}

# archive_sources SUITE: the guest's sources.list on stdout
archive_sources()
{
	local suite=$1 main security
	main=$(archive_uri Debian)
	security=$(archive_uri Debian-Security)
	if [ -z "$main" ]; then
		echo "no Debian archive found in this machine's apt" \
			"sources: add one and run 'apt-get update'" >&2
		return 1
	fi
	echo "deb [signed-by=$keyring] $main $suite main contrib"
	echo "deb [signed-by=$keyring] $main $suite-updates main contrib"
	[ -z "$security" ] || echo "deb [signed-by=$keyring] $security" \
		"$suite-security main contrib"
}

# archive_open DIR SUITE: write DIR/sources.list and set the array `apt_view`,
# the options with which apt sees that suite through lists kept in DIR
archive_open()
{
	local dir=$1
	mkdir -p "$dir/lists/partial" "$dir/archives/partial"
	archive_sources "$2" >"$dir/sources.list.new"
	mv "$dir/sources.list.new" "$dir/sources.list"
	apt_view=(
		-o Dir::Etc::sourcelist="$dir/sources.list"
		-o Dir::Etc::sourceparts=/dev/null
		-o Dir::State::lists="$dir/lists"
		-o Dir::State::status=/dev/null
		-o Dir::Cache="$dir"
		-o APT::Sandbox::User=root
		-o Acquire::Languages=none
		-o APT::Update::Post-Invoke::=
		-o APT::Update::Post-Invoke-Success::=
	)
}

# archive_version PACKAGE: the version that would be installed
archive_version()
{
	apt-cache "${apt_view[@]}" policy "$1" | sed -n 's/.*Candidate: //p'
}

# archive_unpack PACKAGE DIR: the package's files below DIR; installs nothing
archive_unpack()
{
	local scratch
	scratch=$(mktemp -d "$2.deb.XXXXXX")
	(cd "$scratch" && apt-get "${apt_view[@]}" -qq download "$1")
	dpkg-deb -x "$scratch"/*.deb "$2"
	rm -rf "$scratch"
}
