"""The sample's tables as Parquet files with the canonical columns."""

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from prodops.samples import activity, plans, shipping, work
from prodops.samples.company import COUNTRIES, NEVER, PLANS, PLATFORMS, SEGMENTS, Company, Ints, found
from prodops.samples.feedback import Feedback, feedback
from prodops.samples.story import AS_OF_S, DAYS, OUTAGE, PRICING, THEMES, seconds
from prodops.samples.surveys import Answers, surveys
from prodops.samples.trials import Units, trials
from prodops.samples.voices import CHANNELS

_GAP = seconds(date(2025, 3, 30)) + 2 * 3600  # clocks go forward: this hour does not exist
_ITEMS_A_DAY = 900 / DAYS


def save(folder: Path, kind: str, table: pa.Table) -> Path:
    """Write one table, of strings without a dictionary type, and give the file's path."""
    path = folder / f"{kind}.parquet"
    pq.write_table(table, path, compression="zstd", compression_level=6, row_group_size=250_000, store_schema=False)
    return path


def tables(seed: int, users: int, events: int, pieces: int) -> dict[str, pa.Table]:
    """Make all tables of the sample; each part has its own stream of chance, so that a change in one leaves the others."""
    company = found(np.random.default_rng([seed, 42]), users)
    said = feedback(np.random.default_rng([seed, 2]), company, pieces, seed)
    ticket = (said.channel == CHANNELS.index("support ticket")) & (said.user >= 0)
    acted = activity.events(np.random.default_rng([seed, 3]), company, events, (said.user[ticket], said.when[ticket]))
    answers = surveys(np.random.default_rng([seed, 4]), company, said, seed)
    moved = work.moves(np.random.default_rng([seed, 1]), round(_ITEMS_A_DAY * DAYS))
    launch = shipping.launch_of(np.random.default_rng([seed, 51]), moved)
    moved, launch = shipping.with_work_to_come(np.random.default_rng([seed, 52]), moved, launch)
    ids = pa.array([f"FB-{n:06d}" for n in range(1, len(said.text) + 1)])
    return {
        "feedback": _feedback(np.random.default_rng([seed, 5]), company, said, ids),
        "events": _events(company, *acted),
        "accounts": _accounts(company),
        "transitions": _transitions(moved, launch),
        "deployments": _deployments(shipping.deployments(np.random.default_rng([seed, 53]))),
        "launches": _launches(),
        "surveys": _surveys(company, answers),
        "experiments": _experiments(company, trials(np.random.default_rng([seed, 8]), company, acted)),
        "goals": _goals(),
        "feedback_truth": pa.table({"id": ids, "theme": _coded(said.theme, THEMES)}),
    }


def _coded(codes: Ints, names: tuple[str, ...] | list[str]) -> pa.DictionaryArray:
    """Name category numbers; negative ones are missing."""
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32), mask=codes < 0), pa.array(list(names)))


def _times(when: Ints) -> pa.Array:
    """Make times of seconds; ``NEVER`` is missing, and times in the hour that the clocks skip become its end."""
    shown = np.where((when >= _GAP) & (when < _GAP + 3600), _GAP + 3600, when)
    return pa.array((shown * 1_000_000).astype("datetime64[us]"), type=pa.timestamp("us"), mask=when >= NEVER)


def _numbered(prefix: str, digits: int, count: int) -> list[str]:
    return [f"{prefix}{n:0{digits}d}" for n in range(1, count + 1)]


def _feedback(rng: np.random.Generator, company: Company, said: Feedback, ids: pa.Array) -> pa.Table:
    user = np.maximum(said.user, 0)
    account = np.where(said.user < 0, -1, company.user_account[user])
    nobody = account < 0
    spell = company.spell_at(np.maximum(account, 0), said.when)
    mrr = np.where(company.spell_end[spell] > said.when, company.spell_mrr[spell], 0.0)
    return pa.table(
        {
            "id": ids,
            "created_at": _times(said.when),
            "text": pa.array(said.text),
            "channel": _coded(said.channel, CHANNELS),
            "product": pa.array(["Lumen"] * len(ids)),
            "version": pa.array(said.version, pa.string()),
            "segment": _coded(np.where(nobody, -1, company.segment[account]), SEGMENTS),
            "account_id": _coded(account, _numbered("A-", 4, len(company.names))),
            "user_id": _coded(said.user, _numbered("U-", 5, len(company.signed_up))),
            "rating": pa.array(said.stars, mask=np.isnan(said.stars)),
            "revenue": pa.array(mrr, mask=nobody),
            "support_cost": _support_cost(rng, said),
            "language": pa.array(said.language),
        }
    )


def _support_cost(rng: np.random.Generator, said: Feedback) -> pa.Array:
    """Say what tickets and chats cost to answer: minutes at a wage, twice as many where work was lost, half where a bill is asked for."""
    harder = np.array([{OUTAGE.theme: 2.0, PRICING.theme: 0.5}.get(theme, 1.0) for theme in THEMES])
    cost = np.round(rng.lognormal(np.log(9 * harder[said.theme]), 0.6), 2)
    return pa.array(cost, mask=~np.isin(said.channel, [CHANNELS.index(name) for name in ("support ticket", "chat")]))


def _events(company: Company, user: Ints, code: Ints, when: Ints) -> pa.Table:
    account = company.user_account[user]
    return pa.table(
        {
            "user_id": _coded(user, _numbered("U-", 5, len(company.signed_up))),
            "event": _coded(code, activity.EVENTS),
            "occurred_at": _times(when),
            "account_id": _coded(account, _numbered("A-", 4, len(company.names))),
            "segment": _coded(company.segment[account], SEGMENTS),
            "plan": _coded(company.spell_plan[company.spell_at(account, when)], PLANS),
            "platform": _coded(company.user_platform[user], PLATFORMS),
            "country": _coded(company.country[account], COUNTRIES),
        }
    )


def _accounts(company: Company) -> pa.Table:
    account = company.spell_account
    return pa.table(
        {
            "account_id": _coded(account, _numbered("A-", 4, len(company.names))),
            "plan": _coded(company.spell_plan, PLANS),
            "mrr": pa.array(company.spell_mrr),
            "started_at": _times(company.spell_start),
            "ended_at": _times(company.spell_end),
            "segment": _coded(company.segment[account], SEGMENTS),
            "country": _coded(company.country[account], COUNTRIES),
            "seats": pa.array(company.spell_seats),
            "name": _coded(account, company.names),
        }
    )


def _transitions(moved: work.Moves, launch: Ints) -> pa.Table:
    items = _numbered("LUM-", 4, int(moved.item.max()) + 1)
    return pa.table(
        {
            "item_id": _coded(moved.item, items),
            "from_state": _coded(moved.before, work.STATES),
            "to_state": _coded(moved.after, work.STATES),
            "changed_at": _times(moved.when),
            "type": _coded(moved.type, work.TYPES),
            "team": _coded(moved.team, work.TEAMS),
            "launch": _coded(launch, shipping.SHIPPED),
        }
    )


def _deployments(done: shipping.Deployments) -> pa.Table:
    return pa.table(
        {
            "deployment_id": pa.array(_numbered("DEP-", 4, len(done.when))),
            "deployed_at": _times(done.when),
            "committed_at": _times(done.committed),
            "failed": pa.array(done.failed),
            "recovered_at": _times(np.where(done.recovered < AS_OF_S, done.recovered, NEVER)),
            "team": _coded(done.team, work.TEAMS),
            "service": _coded(done.service, shipping.SERVICES),
            "launch": _coded(done.launch, shipping.SHIPPED),
        }
    )


def _surveys(company: Company, answers: list[Answers]) -> pa.Table:
    user, when, score = (np.concatenate([getattr(a, name) for a in answers]) for name in ("user", "when", "score"))
    question = np.repeat(np.arange(len(answers)), [len(a.user) for a in answers])
    order = np.lexsort((user, question, when))
    words = pa.array([text for a in answers for text in a.answer], pa.string())
    comments = pa.array([text for a in answers for text in a.comment], pa.string())
    table = pa.table(
        {
            "respondent_id": _coded(user, _numbered("U-", 5, len(company.signed_up))),
            "question": _coded(question, [a.question for a in answers]),
            "answered_at": _times(when),
            "score": pa.array(score, mask=np.isnan(score)),
            "answer": words,
            "comment": comments,
            "segment": _coded(company.segment[company.user_account[user]], SEGMENTS),
            "product": pa.array(["Lumen"] * len(user)),
        }
    )
    return table.take(pa.array(order))


def _experiments(company: Company, tested: tuple[Units, ...]) -> pa.Table:
    parts = []
    for units in tested:
        variants = _coded(units.variant, units.trial.variants).cast(pa.string())
        parts.append(
            pa.table(
                {
                    "experiment": pa.array([units.trial.name] * len(units.user), pa.string()),
                    "user_id": _coded(units.user, _numbered("U-", 5, len(company.signed_up))).cast(pa.string()),
                    "variant": variants,
                    "assigned_at": _times(units.assigned),
                    "measure": pa.array([units.trial.measure] * len(units.user), pa.string()),
                    "value": pa.array(units.value),
                    "before": pa.array(units.before, mask=np.isnan(units.before)),
                    "segment": _coded(company.segment[company.user_account[units.user]], SEGMENTS).cast(pa.string()),
                }
            )
        )
    return pa.concat_tables(parts)


def _launches() -> pa.Table:
    names = ("name", "launched_on", "kind", "ended_on", "tier", "product", "segment", "description")
    columns = dict(zip(names, zip(*plans.LAUNCHES, strict=True), strict=True))
    types = {"launched_on": pa.date32(), "ended_on": pa.date32(), "tier": pa.int64()}
    return pa.table({name: pa.array(values, types.get(name, pa.string())) for name, values in columns.items()})


def _goals() -> pa.Table:
    names = ("goal", "kpi", "start_on", "due_on", "start_value", "target", "owner")
    columns = dict(zip(names, zip(*plans.GOALS, strict=True), strict=True))
    types = {"start_on": pa.date32(), "due_on": pa.date32(), "start_value": pa.float64(), "target": pa.float64()}
    return pa.table({name: pa.array(values, types.get(name, pa.string())) for name, values in columns.items()})
