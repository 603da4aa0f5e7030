# SPDX-License-Identifier: BSD-2-Clause
# Sourced: how this machine reaches the package registries, and the same for a
# root below a folder. No host is named here: archives, proxies, certificates
# and name servers are those this machine is set up with.

. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../vm/image/archive.sh"

# machine_need PACKAGE...: install what a command of the same name lacks
machine_need()
{
	local name missing=()
	for name in "$@"; do
		command -v "$name" >/dev/null || missing+=("$name")
	done
	[ -e "$keyring" ] || missing+=(debian-archive-keyring)
	[ -z "$(archive_uri Debian)" ] || [ ${#missing[@]} -gt 0 ] || return 0
	apt-get -qq update
	[ ${#missing[@]} = 0 ] || DEBIAN_FRONTEND=noninteractive apt-get -qq \
		install -y --no-install-recommends "${missing[@]}" >/dev/null
}

# Certificates of this machine that Debian does not ship: the package
# ca-certificates, once it is installed in the root, takes them from there.
machine_copy_certificates()
{
	local root=$1 bundle=/etc/ssl/certs/ca-certificates.crt
	local to=$root/usr/local/share/ca-certificates
	[ -e $bundle ] || return 0
	mkdir -p "$to" "$root/etc/ssl/certs"
	cp $bundle "$root$bundle" # for what runs before that package is there
	awk -v to="$to" '
		/BEGIN CERTIFICATE/ { out = sprintf("%s/machine-%03d.crt", to, ++n) }
		out { print > out }
		/END CERTIFICATE/ { close(out); out = "" }' $bundle
}

# machine_copy_network RELEASE ROOT: name servers, archives, apt's and pip's
# settings, certificates
machine_copy_network()
{
	local release=$1 root=$2
	cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
	archive_sources "$release" >"$root/etc/apt/sources.list"
	apt-config dump | grep -E '^Acquire::(https?|Check-|Retries|Force)[^ ]* "[^"]' \
		>"$root/etc/apt/apt.conf.d/90machine" || true
	[ ! -e /etc/pip.conf ] || cp -L /etc/pip.conf "$root/etc/pip.conf"
	machine_copy_certificates "$root"
}

# machine_environment ARRAY: the settings of this kind in the environment
machine_environment()
{
	local -n into=$1
	local name
	into=()
	while read -r name; do
		into+=("$name=${!name}")
	done < <(compgen -e | grep -E '^(https?_proxy|no_proxy|all_proxy|HTTPS?_PROXY|NO_PROXY|ALL_PROXY|SSL_CERT_(FILE|DIR)|PIP_(CERT|INDEX_URL|EXTRA_INDEX_URL|PROXY|DEFAULT_TIMEOUT)|GOPROXY|GOSUMDB|GONOSUMDB|GOPRIVATE|GOINSECURE)$' || true)
}
