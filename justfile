# Recipes for development: https://just.systems. They use the working tree's environment in .venv; see CONTRIBUTING.md.

set windows-shell := ["powershell.exe", "-NoLogo", "-Command"]

bin := if os_family() == "windows" { ".venv/Scripts" } else { ".venv/bin" }

# List the recipes
default:
    @just --list --unsorted

# Run the tests; arguments go to pytest
test *arguments="-n 2":
    {{bin}}/python -m pytest {{arguments}}

# Check style and layout of the code
lint:
    {{bin}}/ruff check
    {{bin}}/ruff format --check

# Check the types
types:
    {{bin}}/mypy

# Write the pages made from the code, then build the site
docs:
    {{bin}}/python docs/make_pages.py
    {{bin}}/mkdocs build --strict

# Check everything that must hold before a change is merged
ci:
    bash .ci/run

# Screen the bundled sample into gerai_demo/
demo:
    {{bin}}/gerai-geo demo
