"""Data sets of photos as cameras took them: LIVE In the Wild, KonIQ-10k, SPAQ, QA4Camera, CCRIQ2 and VIME1."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

from .data_set import DataSetEntry, ScoreList
from .file_lookup import Lookup
from .own_table import rated
from .rated_photos import SCORES, RatedPhoto
from .score_files import beside, number, read_csv, read_mat, read_xlsx

TRAINING_PHOTOS = 7  # the first of LIVE In the Wild, shown to people for practice; they lie in Images/trainingImages
ATTRIBUTES = ("color", "exposure", "noise", "texture")


def read_live_itw(folder: Path) -> ScoreList | None:
    """The release (Data/*.mat beside Images), or a part of it with a mos.csv (file, mos, mos_std)."""
    lookup = Lookup()
    variables = {"file": "AllImages_release", "mos": "AllMOS_release", "std": "AllStdDev_release"}
    named = {key: lookup.first(folder, f"Data/{variable}.mat") for key, variable in variables.items()}
    found = {key: path for key, path in named.items() if path is not None}
    if len(found) < len(variables):
        table = lookup.first(folder, SCORES)
        return ScoreList(table, rated(read_csv(table, "file"), table), is_part=True) if table else None
    vectors = {key: [row[key] for row in read_mat(path, **{key: variables[key]})] for key, path in found.items()}
    source = folder / "Data"
    rows = beside(source, **vectors)[TRAINING_PHOTOS:]
    photos = [
        RatedPhoto(folder / "Images" / str(row["file"]), number(row, "mos", source), number(row, "std", source))
        for row in rows
    ]
    return ScoreList(source, photos)


LIVE_ITW = DataSetEntry(
    name="live_itw",
    title="LIVE In the Wild",
    photos=1162,
    low=0,
    high=100,
    higher_is_better=True,
    citation='Ghadiyaram and Bovik, "Massive Online Crowdsourced Study of Subjective and Objective Picture Quality", TIP 2016',
    looked_for=(
        "Data/AllImages_release.mat, Data/AllMOS_release.mat and Data/AllStdDev_release.mat beside Images, "
        f"or a part of it with {SCORES}"
    ),
    read=read_live_itw,
)


def read_koniq10k(folder: Path) -> ScoreList | None:
    """The scores with the official split, or those without; the photos at 1024x768, or at 512x384."""
    lookup = Lookup()
    # Each archive of the release unpacks into the folder given, or into one of its own name.
    scores = ("koniq10k_distributions_sets.csv", "koniq10k_scores_and_distributions.csv")
    source = lookup.first(folder, *scores, *(f"koniq10k_scores_and_distributions/{name}" for name in scores))
    sizes = ("1024x768", "512x384")
    images = lookup.first(folder, *sizes, *(f"koniq10k_{size}/{size}" for size in sizes))
    if source is None or images is None:
        return None
    # The MOS of the first file is what the second calls MOS_zscore, 0 to 100; the MOS of the second is on 1 to 5.
    mos = "mos" if source.name.lower() == scores[0] else "mos_zscore"
    photos = [
        RatedPhoto(
            path=images / row["image_name"],
            score=number(row, mos, source),
            spread=number(row, "sd", source) * 25,  # in both files SD is that of the grades 1 to 5
            part=row.get("set") or None,
        )
        for row in read_csv(source, "image_name", mos, "sd")
    ]
    return ScoreList(source, photos)


KONIQ10K = DataSetEntry(
    name="koniq10k",
    title="KonIQ-10k",
    photos=10073,
    low=0,
    high=100,
    higher_is_better=True,
    citation='Hosu, Lin, Sziranyi and Saupe, "KonIQ-10k: An Ecologically Valid Database for Deep Learning of BIQA", TIP 2020',
    looked_for=(
        "koniq10k_distributions_sets.csv (or koniq10k_scores_and_distributions.csv, without the official split) "
        "beside the folder 1024x768 or 512x384"
    ),
    read=read_koniq10k,
)


def read_spaq(folder: Path) -> ScoreList | None:
    """Annotations/MOS and Image attribute scores.xlsx, which has no spreads, beside TestImage."""
    scores = "MOS and Image attribute scores.xlsx"
    source = Lookup().first(folder, f"Annotations/{scores}", scores)
    if source is None:
        return None
    rows = read_xlsx(source, "image name", "mos")
    photos = [RatedPhoto(folder / "TestImage" / str(row["image name"]), number(row, "mos", source)) for row in rows]
    return ScoreList(source, photos)


SPAQ = DataSetEntry(
    name="spaq",
    title="SPAQ",
    photos=11125,
    low=0,
    high=100,
    higher_is_better=True,
    citation='Fang, Zhu, Zeng, Ma and Wang, "Perceptual Quality Assessment of Smartphone Photography", CVPR 2020',
    looked_for="Annotations/MOS and Image attribute scores.xlsx beside TestImage",
    read=read_spaq,
)


def read_qa4camera(folder: Path) -> ScoreList | None:
    """score_and_sort/Training/score/NNN_score.csv, one for each scene, beside Training/NNN; a score is the mean of four.

    The release rates color, exposure, noise and texture one by one and has no overall score. Its layout is that of the
    sample in github.com/zhxieml/RankNet_IQA; the release itself was not at hand. Its 300 test photos came without scores.
    """
    scores = Lookup().first(folder, "score_and_sort/Training/score")
    if scores is None or not scores.is_dir():
        return None
    photos = []
    for source in sorted(scores.glob("*_score.csv")):
        scene = source.name.removesuffix("_score.csv")
        for row in read_csv(source, "name", *ATTRIBUTES):
            mean = fmean(number(row, attribute, source) for attribute in ATTRIBUTES)
            photos.append(RatedPhoto(folder / "Training" / scene / row["name"], mean, content=scene))
    return ScoreList(scores, photos)


QA4CAMERA = DataSetEntry(
    name="qa4camera",
    title="QA4Camera",
    photos=1500,
    low=1,
    high=5,
    higher_is_better=True,
    citation='"A Multiple Attributes Image Quality Database for Smartphone Camera Photo Quality Assessment", arXiv 2003.01299',
    looked_for="score_and_sort/Training/score/001_score.csv and so on beside Training/001 and so on",
    read=read_qa4camera,
)


def read_ccriq2_vime1(folder: Path) -> ScoreList | None:
    """mos.xlsx or mos.csv beside the photos: columns file and mos (1 to 5), perhaps sos (the spread) and scene.

    The layout of the score file in the release could not be verified. This one is ours: the columns are those of the sheet
    "MOS" that the tools of NTIA (github.com/NTIA/NRMetricFramework, `export_dataset`) write.
    """
    source = Lookup().first(folder, "mos.xlsx", SCORES)
    if source is None:
        return None
    read = read_xlsx if source.suffix.lower() == ".xlsx" else read_csv
    return ScoreList(source, rated(read(source, "file", "mos"), source))


CCRIQ2_VIME1 = DataSetEntry(
    name="ccriq2_vime1",
    title="CCRIQ2 and VIME1",
    photos=None,  # their number could not be verified
    low=1,
    high=5,
    higher_is_better=True,
    citation='Nawała, Pinson, Leszczuk and Janowski, "Study of Subjective Data Integrity for Image Quality Data Sets", JI 2020',
    looked_for=f"mos.xlsx or {SCORES} with the columns file and mos (1 to 5), perhaps sos and scene, beside the photos",
    read=read_ccriq2_vime1,
)
