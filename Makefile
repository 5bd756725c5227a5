# Two commands do all:  make report  makes a report on a sample photo;  make test  installs and passes the tests.

PYTHON ?= python3
BIN := .venv/bin
# One thread for each of two processes: more would wait for each other.
IN_TWO = OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive $(BIN)/pytest -n 2 --dist loadfile
SAMPLES = $$($(BIN)/python -c "import skimage; print(skimage.data_dir)")
SAMPLE = $(SAMPLES)/coffee.png

.PHONY: report quick test gallery model-card comparison

report: .venv/installed
	@echo "Making a JPEG ladder from a sample photo that ships with scikit-image ..."
	@$(BIN)/blemish ladder $(SAMPLE) --distortion jpeg -o blemish-reports/jpeg-ladder
	@echo "Writing reports on the photo and on a level of its ladder ..."
	@$(BIN)/blemish report $(SAMPLE) blemish-reports/jpeg-ladder/jpeg-02.png -o blemish-reports
	@echo "Open these in a browser:" blemish-reports/*.html

test: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright
	$(IN_TWO)

# The tests that take no seconds each, for people who work on the code.
quick: .venv/installed-dev
	$(BIN)/ruff check .
	$(IN_TWO) -m "not slow"

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

# docs/distortions: every distortion on a sample photo, with what `blemish validate` measured beside it.
gallery: .venv/installed
	$(BIN)/blemish gallery $(SAMPLES)/coffee.png -o docs/distortions --validation docs/measurements/validation.json

# docs/model-card.md, from what `blemish embedded evaluate` measured of test photos and of rated ones.
model-card: .venv/installed
	$(BIN)/blemish embedded card docs/measurements/evaluation.json docs/measurements/human_agreement.json -o docs

# docs/comparison: quality CNNs on the rated photos of DATA, a folder with mos.csv, with the weights of backbones in WEIGHTS.
DATA ?= live_itw=../shared/data/live_itw
WEIGHTS ?= ../shared/data/weights
comparison: .venv/installed-dev
	$(BIN)/blemish compare whole/squeezenet1_1,tuned-squeezenet1_1/features-mean/svr \
	  --data $(DATA) --backbones $(WEIGHTS) --splits 1 -o comparison
	mkdir -p docs/comparison
	cp comparison/comparison.json docs/measurements/comparison-fine-tuning.json
	cp comparison/comparison.md docs/comparison/fine-tuning.md
	$(BIN)/blemish compare \
	  whole/squeezenet1_1,mobilenet_v2,resnet18,resnet50,blemish,squeezenet1_1+blemish,mobilenet_v2+blemish,resnet50+blemish/features-mean/svr \
	  whole/mobilenet_v2/features-mean/mos,classes,distribution \
	  grid224/mobilenet_v2/features-min,features-mean,features-max,features-concatenation,predictions-mean,predictions-saliency/svr \
	  grid224/mobilenet_v2/predictions-learned/mos \
	  random30x224,salient5x224,grid224/squeezenet1_1/features-mean,predictions-mean/svr \
	  grid224/resnet50/features-mean,predictions-mean/svr \
	  --data $(DATA) --backbones $(WEIGHTS) --splits 5 --frozen -o comparison
	$(BIN)/blemish regions --data $(DATA) --backbones $(WEIGHTS) --backbone squeezenet1_1 --splits 5 -o comparison
	cp comparison/comparison.json comparison/regions-squeezenet1_1.json docs/measurements
	cp comparison/comparison.md comparison/regions-squeezenet1_1.png docs/comparison

# The picture in the README: the report on the level, as a browser shows it.
docs/report.png: report
	chromium --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --hide-scrollbars \
	  --window-size=1000,2250 --screenshot=$@ file://$(CURDIR)/blemish-reports/jpeg-02.blemish.html
