# shellcheck shell=bash
# ./test --changed: which tests the changed files can break. Sourced by ./test, not run.

# The files that differ from the main branch, committed or not.
changed_files() {
    local base=HEAD branch
    for branch in origin/main main; do
        if git rev-parse --verify --quiet "$branch" >/dev/null; then
            base=$(git merge-base HEAD "$branch")
            break
        fi
    done
    { git diff --name-only "$base"; git ls-files --others --exclude-standard; } | sort -u
}

# What a project is made from: the directories of the projects it refers to, and files of others that it compiles. Argument: project file.
inputs_of() {
    local queue=("$1") seen=' ' at directory reference file
    while [ ${#queue[@]} -gt 0 ]; do
        at=${queue[0]}
        queue=("${queue[@]:1}")
        case $seen in *" $at "*) continue ;; esac
        seen+="$at "
        directory=$(dirname "$at")
        echo "$directory/"
        # References may have patterns.
        while read -r reference; do
            for file in $reference; do queue+=("$(realpath --relative-to=. "$file")"); done
        done < <(sed -n "s#.*<\(ProjectReference\|SdkUser\) Include=\"\([^\"@]*\)\".*#$directory/\2#p" "$at")
        if grep -q '<UsesPulumi>true' "$at"; then queue+=(src/Embedded/Sdk/Embedded.Sdk.csproj); fi
        while read -r reference; do
            for file in $reference; do realpath --relative-to=. "$file"; done
        done < <(sed -n "s#.*<Compile Include=\"\(\.\.[^\"]*\)\".*#$directory/\1#p" "$at")
    done
}

# Sets `filter` to the tests of a project that the changed files can break, and fails where there are none. Arguments: project file, changed files.
choose_tests() {
    local project=$1 own file inputs name classes=() all='' elsewhere=''
    shift
    own=$(dirname "$project")/
    inputs=$(inputs_of "$project")
    for file in "$@"; do
        case $file in
            "$own"*Tests.cs) classes+=("$(basename "$file" .cs)") ;;
            "$own"*.md) ;;
            "$own"*) all=yes ;;
            Directory.* | *.sln | .editorconfig) all=yes ;;
            src/* | tests/* | provider/* | bench/*)
                while read -r name; do
                    case $name in */) [[ $file != "$name"* ]] || all=yes ;; *) [ "$file" != "$name" ] || all=yes ;; esac
                done <<<"$inputs"
                ;;
            lab/*) ;;
            # Documents, stacks, examples, workflows, schemas and scripts are held together by these.
            *) elsewhere=yes ;;
        esac
    done
    if [ "$own" = tests/Reuse.Tests/ ] && [ -n "$elsewhere" ]; then all=yes; fi
    filter=
    for name in "${classes[@]}"; do filter+="|FullyQualifiedName~.$name."; done
    if [ -n "$all" ]; then filter="|Length!=minutes$filter"; fi
    filter=${filter#|}
    [ -n "$filter" ]
}

run_changed() {
    local files project filter chosen=() filters=() at
    mapfile -t files < <(changed_files)
    if [ ${#files[@]} -eq 0 ]; then
        echo "error: no file differs from the main branch, so there is nothing to test. All tests: ./test" >&2
        exit 1
    fi
    for project in $(projects); do
        if choose_tests "$project" "${files[@]}"; then
            chosen+=("$project")
            filters+=("$filter")
        fi
    done
    say "${#files[@]} changed files; tests: $(basename -as .csproj "${chosen[@]}" 2>/dev/null | paste -sd' ')"
    width=$(nproc)
    if printf '%s\n' "${files[@]}" | grep -qE '\.sh$|^(passthrough|test|\.ci/run)$'; then job shellcheck "shellcheck" check shellcheck check_scripts; fi
    if printf '%s\n' "${files[@]}" | grep -q '\.cs$'; then job format "formatting" check format check_format; fi
    if [ ${#chosen[@]} -gt 0 ]; then
        # A solution of their own, so that they are built in one go.
        printf '{ "solution": { "path": "%s", "projects": [%s] } }\n' "$PWD/PassthroughInfra.sln" \
            "$(printf '"%s",' "${chosen[@]}" | sed 's/,$//')" >"$results/changed.slnf"
        job build "the build" build "$results/changed.slnf"
    fi
    await_all
    end_compiler
    if grep -qs '^[0-9]* [1-9]' "$results/build.counts"; then return; fi
    for at in "${!chosen[@]}"; do
        job "$(basename "${chosen[at]}" .csproj)" "$(basename "${chosen[at]}" .csproj)" run_tests "${chosen[at]}" --filter "${filters[at]}"
    done
    await_all
    echo "Left to ./test: what takes minutes (kills, Node programs), but for test classes that were changed; to ./test --lab: the virtual host."
}
