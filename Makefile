# Two commands do all:  make report  makes a report on a sample photo;  make test  installs and passes the tests.

PYTHON ?= python3
BIN := .venv/bin
SAMPLES = $$($(BIN)/python -c "import skimage; print(skimage.data_dir)")
SAMPLE = $(SAMPLES)/chelsea.png

.PHONY: report test gallery model-card

report: .venv/installed
	@echo "Making a JPEG ladder from a sample photo that ships with scikit-image ..."
	@$(BIN)/blemish ladder $(SAMPLE) --distortion jpeg -o blemish-reports/jpeg-ladder
	@echo "Writing reports on the photo and on a rung of its ladder ..."
	@$(BIN)/blemish report $(SAMPLE) blemish-reports/jpeg-ladder/jpeg-02.png -o blemish-reports
	@echo "Open these in a browser:" blemish-reports/*.html

test: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright
	$(BIN)/pytest

.venv/bin/python:
	@echo "Making a virtual environment in .venv ..."
	@$(PYTHON) -c 'import sys; sys.exit("blemish needs Python 3.11 or newer; this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv

.venv/installed: .venv/bin/python pyproject.toml
	@echo "Installing blemish and what it needs from the package index (torch is large: some minutes) ..."
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/installed-dev: .venv/bin/python pyproject.toml
	@echo "Installing blemish, its tests and what they need from the package index (torch is large: some minutes) ..."
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ .venv/installed

# docs/distortions: every distortion on a sample photo, with the figures of the certificate beside it.
gallery: .venv/installed
	$(BIN)/blemish gallery $(SAMPLES)/coffee.png -o docs/distortions --certificate docs/certificate.json

# docs/model-card.md, from what `blemish evaluate` measured of test photos and of rated ones.
model-card: .venv/installed
	$(BIN)/blemish model-card docs/evaluation.json docs/human_scores.json -o docs

# The picture in the README: the report on the rung, as a browser shows it.
docs/report.png: report
	chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --hide-scrollbars \
	  --window-size=1000,2250 --screenshot=$@ file://$(CURDIR)/blemish-reports/jpeg-02.blemish.html
