"""What people, shops and gangs write: templates of a country's parameters, filled in with variations."""

from __future__ import annotations

from typing import Final

import numpy as np
from stdnum.cn import ric

from stanch.lab.world.clock import Ints
from stanch.lab.world.names import Names
from stanch.lab.world.numbers import BINS, with_check_digit
from stanch.lab.world.text_parameters import POOLED, TextParameters

_FILLERS: Final = {
    "who": ("妈", "老王", "小李", "姐", "师傅", "阿强", "同学", "老板", "哥", "小陈"),
    "place": ("公司", "家里", "学校门口", "地铁站", "楼下", "菜市场", "医院", "车站"),
    "thing": ("自行车", "书桌", "冰箱", "婴儿车", "显示器", "钓鱼竿", "课本", "吉他", "空调", "羽绒服"),
    "day": ("今天", "明天", "周六", "周日", "晚上", "下午", "后天"),
    "shop": ("面馆", "水果店", "理发店", "超市", "花店", "修车铺"),
}
#: How many variations are made of each template of a pool.
_VARIATIONS: Final = 40
#: Where firms of the country are reached: numbers and pages that no real firm has.
_FIRMS: Final = (
    "95990000", "95990001", "95990002", "https://m.bank-a.example/c", "https://wap.bank-b.example/s",
    "https://t.post.example/q", "https://clinic.example/d", "https://home.example/f",
)  # fmt: skip
#: Places of made-up resident ids, and the years of birth: nobody who is alive was born in them.
_COUNTIES: Final = (110105, 120103, 310104, 370221, 610326)
_BIRTHS: Final = (1870, 1896)


class Texts:
    """The texts of the country by topic. What is written draws its own chance, so words change nothing that is done."""

    def __init__(self, names: Names, rng: np.random.Generator, templates: TextParameters) -> None:
        self._templates = templates.topics()
        self._names = names
        self._pools: dict[str, Ints] = {
            topic: names.texts([
                _filled(rng, one, _FIRMS[turn % len(_FIRMS)], "")
                for one in self._templates[topic] for turn in range(_VARIATIONS)
            ])
            for topic in POOLED
        }  # fmt: skip

    def draw(self, rng: np.random.Generator, topic: str, count: int) -> Ints:
        """Draw texts of a pool, which hold no contact but a firm's; return their codes."""
        return rng.spawn(1)[0].choice(self._pools[topic], count)

    def make(self, rng: np.random.Generator, topic: str, contact: str) -> int:
        """Make one text of a topic with a contact in it; return its code."""
        own = rng.spawn(1)[0]
        template = str(own.choice(np.asarray(self._templates[topic])))
        sample = "、".join(made_up_data(own)) if "{sample}" in template else ""
        return self._names.text(_filled(own, template, contact, sample))


def made_up_data(rng: np.random.Generator) -> list[str]:
    """Return a resident id, a bank card, and perhaps more of them: checks hold, and nobody has them."""
    cards = int(rng.integers(1, 3))
    bins = rng.choice(np.asarray(list(BINS.values()), dtype=np.int64), cards)
    accounts = with_check_digit(bins * 10**12 + rng.integers(0, 10**12, cards), 18)
    return [_resident_id(rng) for _ in range(int(rng.integers(1, 3)))] + accounts


def _resident_id(rng: np.random.Generator) -> str:
    county, year = int(rng.choice(np.asarray(_COUNTIES))), int(rng.integers(*_BIRTHS))
    bare = f"{county}{year}{rng.integers(1, 13):02d}{rng.integers(1, 29):02d}{rng.integers(1, 1000):03d}"
    return bare + str(ric.calc_check_digit(bare + "0"))


def _filled(rng: np.random.Generator, template: str, contact: str, sample: str) -> str:
    words = {
        name: str(rng.choice(np.asarray(choices))) for name, choices in _FILLERS.items() if f"{{{name}}}" in template
    }
    return template.format(contact=contact, sample=sample, number=int(rng.integers(2, 100)), **words)
