"""The words of the pages about a trace, in English and Chinese."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    # what became of the money
    "held": ("held", "已止付或冻结"),
    "delayed": ("delayed for a short time", "短时延迟中"),
    "holdable": ("can still be held", "仍可止付"),
    "untouched": ("in accounts, not to be held", "在账但不可止付"),
    "left": ("left", "已流出"),
    "returned": ("returned", "已返还"),
    "moved": ("moved on", "已转走"),
    # ways
    "transfer": ("transfer", "转账"),
    "cash": ("cash", "取现"),
    "crypto": ("crypto assets", "虚拟货币"),
    "goods": ("goods", "购物消费"),
    "unknown": ("unknown exit", "去向不明"),
    # methods
    "fifo": ("first in, first out", "先进先出"),
    "lifo": ("last in, first out", "后进先出"),
    "proportional": ("proportional", "按比例"),
    "poison": ("poison: reach, not amounts", "全额标记：只看触及范围，不计金额"),
    # orders
    "query": ("query", "查询"),
    "stop": ("stop", "止付"),
    "ahead": ("stop, also of what comes, up to", "止付（含后续入账），上限"),
    "freeze": ("freeze", "冻结"),
    "release": ("release", "解除"),
    "return": ("return", "返还"),
    "drafted": ("ready for approval", "待审批"),
    "alone": ("one report alone", "仅有一份报案"),
    "approved": ("approved, no answer yet", "已批准，待答复"),
    "declined": ("declined", "未批准"),
    "lapsed": ("lapsed", "已失效"),
    "overdue": ("answer overdue", "逾期未答复"),
    "in_force": ("in force", "已生效"),
    "done": ("done", "已完成"),
    "refused": ("refused", "被拒绝"),
    "expired": ("expired", "已到期"),
    "released": ("released", "已解除"),
    "replaced": ("replaced", "已被替代"),
    # headings and columns
    "eyebrow": ("Stanch · trace", "Stanch · 资金追踪"),
    "where": ("Where the money went", "资金流向"),
    "when": ("When it moved", "时间线"),
    "now_holdable": ("What can still be held", "现在还能止付的资金"),
    "all_accounts": ("Every account the money reached", "资金到过的全部账户"),
    "all_movements": ("Every movement", "每一笔流转"),
    "exits": ("Where it left", "流出明细"),
    "first": ("first", "顺序"),
    "account": ("account", "账户"),
    "bank": ("bank", "机构"),
    "hop": ("hop", "层级"),
    "victim": ("victim", "受害人"),
    "since": ("there since", "到账时间"),
    "interval": ("from – to", "区间"),
    "amount": ("amount", "金额"),
    "traced": ("of it traced", "其中涉案"),
    "orders": ("orders", "措施"),
    "at": ("at", "时间"),
    "from": ("from", "转出"),
    "to": ("to", "转入"),
    "way": ("way", "方式"),
    "until": ("until", "至"),
    "no_order": ("no order yet", "尚无措施"),
    "essential": ("essential need: left alone", "基本生活所需，不予限制"),
    "others": ("{n} smaller ones", "另有 {n} 处小额"),
    "count": ("{n} orders", "{n} 份"),
    "first_until": ("first ends", "最早至"),
    "report": ("report", "报案"),
    "now": ("now", "现在"),
    "sits": ("traced there", "涉案余额"),
    "more": ("{n} more accounts, {amount}", "另有 {n} 个账户，{amount}"),
    # sentences
    "title_holdable": ("{amount} can still be held", "还有 {amount} 可以止付"),
    "title_held": ("{amount} held; nothing more can be held now", "已止付 {amount}，目前没有更多可止付资金"),
    "title_none": ("Nothing can be held any more", "已无可止付资金"),
    "title_unpaid": ("No payment was found for what was reported", "未查到与报案对应的付款"),
    "lead_unpaid": (
        "{alleged} were alleged ({reports}); the log knows no payment for it at {now}. Check account, sum and time, or "
        "wait until the payment settles: the trace begins with it.",
        "报案陈述 {alleged}（{reports}），截至 {now} 日志中没有对应付款。"
        "请核对账户、金额和时间，或等待付款入账，追踪由此开始。",
    ),
    "lead": (
        "{reported} were reported stolen and found paid ({reports}). This is where the money is at {now}, "
        "{after} after the first report.",
        "报案并核实转出 {reported}（{reports}）。以下为 {now} 的资金位置，距首次报案 {after}。",
    ),
    "holdable_none": (
        "No account holds traced money beyond what is held already.",
        "除已止付的资金外，没有账户仍留有涉案资金。",
    ),
    "holdable_gone": ("No account holds traced money any more.", "已没有账户留有涉案资金。"),
    "holdable_lead": (
        "In the order in which one approver keeps most. Only the sure amount is asked for, whatever the accounts held "
        "before.",
        "按审批人可保住最多资金的顺序排列。无论账户原有余额多少，只申请确定金额。",
    ),
    "picture_caption": (
        "Each column is one hop further from the victims, each stream as wide as the stolen money in it; streams that "
        "turn back to an earlier account are drawn thin.",
        "每一列距受害人多一层，色带宽度即其中涉案金额；回流到前面账户的色带画成细线。",
    ),
    "time_caption": (
        "Each line is one movement, as high as the stolen money in it. The first minutes have the most room.",
        "每条竖线为一笔流转，高度即其中涉案金额。最初几分钟的刻度最宽。",
    ),
    "method_note": (
        "Method: {method}. Amounts from – to hold for every opening balance that the ledger allows; only the lower one "
        "is acted on. Names are masked. {reached} accounts were reached.",
        "追踪方法：{method}。区间对账本允许的任何期初余额都成立，只按下限采取措施。"
        "名称已脱敏。共触及 {reached} 个账户。",
    ),
    "poison_note": (
        "Poison shows reach: the whole of every amount that touched reported money, counted at each place. It does not "
        "add up to what was reported, and nothing is held by it.",
        "全额标记只显示触及范围：凡触及涉案资金的金额均按全额、逐处计入，合计不等于报案金额，也不据此采取措施。",
    ),
    "cut": (
        "The trace was cut short by its limit of hops or work: there may be more.",
        "追踪因层级或工作量上限而中止，可能还有更多去向。",
    ),
    "alleged": (
        "A further {amount} were alleged; no payment was found for them, and they are counted nowhere here.",
        "另有 {amount} 仅为陈述，未查到对应付款，未计入本页任何数字。",
    ),
}


def en(key: str) -> str:
    """Return a word in English; one that has no entry is shown as it is."""
    return WORDS[key][0] if key in WORDS else key


def zh(key: str) -> str:
    """Return a word in Chinese; one that has no entry is shown as it is."""
    return WORDS[key][1] if key in WORDS else key
