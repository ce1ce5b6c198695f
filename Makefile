# Makes the environment; each job itself is a module of tools/ that runs without make too (see README.md).

# Another file of pins to install from, such as .binder/requirements.txt with its CPU-only torch.
REQUIREMENTS ?= requirements.txt
PYTHON := .venv/bin/python
PIP := $(PYTHON) -m pip install --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help book test reference stills figures demos bench format clean

help:
	@echo "make book       build the book and open it"
	@echo "make test       run every check there is"
	@echo "make demos      serve the demos with Voilà"
	@echo "make reference  execute the chapters into tests/reference"
	@echo "make stills     draw the figures' stills"
	@echo "make figures    bundle the figures' front end (needs Node)"
	@echo "make bench      time the package and the figure beside PyTorch"
	@echo "make format     format Python and JavaScript"
	@echo "make clean      remove what was built"

book: .venv/.reader
	@$(PYTHON) -m tools.book

test: .venv/.developer
	@$(PYTHON) -m tools.check

demos: .venv/.reader
	@$(PYTHON) -m tools.demos

reference: .venv/.reader
	@$(PYTHON) -m tools.reference

stills: .venv/.developer
	@$(PYTHON) -m rnnbook.figures.stills

figures: .venv/.developer
	@$(PYTHON) -m tools.npm run build

bench: .venv/.developer
	@$(PYTHON) -m benchmarks.bench

format: .venv/.developer
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .
	@$(PYTHON) -m tools.npm run format

clean:
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/.reader: $(REQUIREMENTS) requirements.txt constraints.txt pyproject.toml
	@tools/venv.sh .venv
	@echo "Installing what the book needs; the first time this takes some minutes."
	@$(PIP) -r $(REQUIREMENTS)
	@touch $@

.venv/.developer: requirements-dev.txt .venv/.reader
	@echo "Installing what the checks need."
	@$(PIP) -r requirements-dev.txt
	@touch $@
