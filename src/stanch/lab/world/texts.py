"""What people, shops and gangs write: short templates of our own, filled in with variations."""

from __future__ import annotations

from importlib import resources

import numpy as np
import yaml

from stanch.lab.world.clock import Ints
from stanch.lab.world.names import Names

_FILLERS = {
    "who": ("妈", "老王", "小李", "姐", "师傅", "阿强", "同学", "老板", "哥", "小陈"),
    "place": ("公司", "家里", "学校门口", "地铁站", "楼下", "菜市场", "医院", "车站"),
    "thing": ("自行车", "书桌", "冰箱", "婴儿车", "显示器", "钓鱼竿", "课本", "吉他", "空调", "羽绒服"),
    "day": ("今天", "明天", "周六", "周日", "晚上", "下午", "后天"),
    "shop": ("面馆", "水果店", "理发店", "超市", "花店", "修车铺"),
}
#: How many variations are made of each template that holds no contact.
_VARIATIONS = 40


class Texts:
    """The texts of the country by topic. The templates are data (``texts.yaml``)."""

    def __init__(self, names: Names, rng: np.random.Generator) -> None:
        source = resources.files("stanch.lab.world").joinpath("texts.yaml").read_text(encoding="utf-8")
        self._templates: dict[str, list[str]] = yaml.safe_load(source)
        self._names = names
        self._pools: dict[str, Ints] = {
            topic: names.texts([_filled(rng, one, "") for one in templates for _ in range(_VARIATIONS)])
            for topic, templates in self._templates.items()
            if not any("{contact}" in one for one in templates)
        }

    def draw(self, rng: np.random.Generator, topic: str, count: int) -> Ints:
        """Draw texts of a topic that hold no contact; return their codes."""
        return rng.choice(self._pools[topic], count)

    def make(self, rng: np.random.Generator, topic: str, contact: str) -> int:
        """Make one text of a topic with a contact in it; return its code."""
        template = str(rng.choice(np.asarray(self._templates[topic])))
        return self._names.text(_filled(rng, template, contact))


def _filled(rng: np.random.Generator, template: str, contact: str) -> str:
    words = {
        name: str(rng.choice(np.asarray(choices))) for name, choices in _FILLERS.items() if f"{{{name}}}" in template
    }
    return template.format(contact=contact, number=int(rng.integers(2, 100)), **words)
