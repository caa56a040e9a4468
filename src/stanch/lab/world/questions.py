"""What ordinary people hand in and ask about: notices, adverts, and scams that they did not fall for."""

from __future__ import annotations

from typing import Final

import numpy as np

from stanch.lab.world.clock import moments
from stanch.lab.world.country import Country
from stanch.lab.world.diary import Diary

#: Honest texts that people doubt, and scams that go round everywhere.
_DOUBTED: Final = ("notice_contact", "advert", "courier", "fund")
_SCAMS: Final = (
    "scam_job", "scam_invest", "scam_police", "scam_service", "scam_loan", "scam_pension", "scam_health", "scam_friend",
)  # fmt: skip
_GROWN: Final = 16


def write_questions(c: Country, diary: Diary, day: int) -> None:
    """Write down a day of texts that people hand in; a friend, a firm or a stranger had sent them."""
    p, rng = c.parameters.words, c.chance("questions", day)
    grown = np.flatnonzero((c.people.age >= _GROWN) & (c.has.card_of >= 0))
    people = rng.choice(grown, rng.poisson(p.questions * len(grown)))
    scam = rng.random(len(people)) < p.of_scams
    topics = np.where(scam, rng.choice(_SCAMS, len(people)), rng.choice(_DOUBTED, len(people)))
    pages = rng.integers(1000, 10_000, len(people))
    texts = [
        c.texts.make(rng, str(topic), f"http://{'go' if bad else 'my'}{page}.example/k")
        for topic, bad, page in zip(topics.tolist(), scam.tolist(), pages.tolist(), strict=True)
    ]
    diary.note("text_submitted", moments(rng, day, len(people), "online"), src=c.people.code[people],
               text=np.asarray(texts, dtype=np.int64), source="justice")  # fmt: skip
