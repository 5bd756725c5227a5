"""Workers: results of all jobs, errors of the function, and the death of a worker."""

import pytest
from deadly_jobs import named, square

from blemish.synth_distort.parallel import Guarded, in_processes


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_dies_takes_its_own_job_with_it(workers):
    results = list(in_processes(square, range(6), workers=workers, description="Squares", on_death=named))
    assert set(results) == {0, 1, 4, 16, 25, "3 died"}


def test_a_call_that_ends_its_process_is_the_last_of_it_and_not_of_others():
    guarded = Guarded(square, named)
    assert [guarded(number) for number in (2, 3, 4)] == [4, "3 died", 16]


def test_a_death_that_nobody_expects_is_an_error():
    with pytest.raises(OSError, match="a worker was killed"):
        list(in_processes(square, [3], workers=1, description="Squares"))


def test_what_a_job_raises_is_raised():
    with pytest.raises(LookupError, match="thirteen"):
        list(in_processes(square, [1, 13, 2], workers=1, description="Squares"))
