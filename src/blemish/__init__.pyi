from .explain.attribution.attribute import attribute as attribute
from .explain.attribution.attribution import Attribution as Attribution
from .explain.diagnosis import predict as predict
from .explain.facts import facts as facts
from .explain.measurements.measure import measure as measure
from .explain.planes.feature_planes import FeaturePlanes as FeaturePlanes
from .explain.planes.placement import load_planes as load_planes
from .explain.planes.study import planes as planes
from .explain.scan.collection import Scan as Scan
from .explain.scan.collection import scan as scan
from .explain.scan.compare import compare_sets as compare_sets
from .explain.sensitivity.measure import sensitivity as sensitivity
from .reports.photo.report import Report as Report
from .reports.photo.report import report as report
from .synth_distort import DISTORTIONS as DISTORTIONS
from .synth_distort import Ladder as Ladder
from .synth_distort import PhotoError as PhotoError
from .synth_distort import as_photo as as_photo
from .synth_distort import distort as distort
from .synth_distort import distort_chain as distort_chain
from .synth_distort.transforms import Distort as Distort

__version__: str
