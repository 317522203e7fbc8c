"""The command line: parse, call, print. Exit 0 when all went well, 1 when a report failed, 2 for misuse or bad input.

Results go to standard output, progress and messages to standard error. Only here are the clock and the environment read.
"""

import click

import prodops
from prodops.cli import listing, proof, runs, schedule, upkeep
from prodops.cli.lab import lab, present
from prodops.cli.options import Commands


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(prodops.__version__, prog_name="prodops")
def main() -> None:
    """Notebooks that become reports for product operations: feedback themes, KPIs, and what moved.

    \b
    prodops run feedback_themes                                   on the workspace's data
    prodops run feedback_themes --source feedback=reviews.csv     on a file of yours
    prodops check                                                 is the data as it should be?
    prodops schedule                                              make what is due, and deliver it
    prodops verify report.html                                    does it come out the same again, and if not, why?
    """


for command in (
    listing.list_, listing.check, runs.run, schedule.backfill, schedule.schedule, proof.verify, proof.diff, upkeep.gc, lab,
    present,
):  # fmt: skip
    main.add_command(command)
