# shellcheck shell=bash
# How each root file system that the lab makes begins: by the packages of a release, without what they recommend and without translations.

# bootstrap PACKAGES ROOT [OPTION…]: packages by name, in words; options of mmdebstrap, how apt reaches the package sources among them.
# Input: the package sources, in one-line format.
bootstrap() {
    local packages=$1 root=$2
    shift 2
    mmdebstrap --verbose --mode=root --variant=minbase --format=directory \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
        --aptopt='Apt::Install-Recommends "false"' \
        --aptopt='Acquire::Languages "none"' \
        --dpkgopt=force-unsafe-io \
        --include="${packages// /,}" \
        "$@" \
        "" "$root" -
}
