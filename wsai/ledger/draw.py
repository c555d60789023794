"""The state machines as a document, drawn from the file that they run from."""

from __future__ import annotations

from collections.abc import Iterator

from wsai.ledger.machine import Machine, Role, machines

ROLE_ZH = {
    Role.INSPECTOR: "网格员",
    Role.GRID_LEADER: "网格长",
    Role.ENFORCEMENT: "监管中队",
    Role.DEPARTMENT: "督办部门",
    Role.ENTERPRISE: "企业",
    Role.SYSTEM: "系统",
}


def document() -> str:
    """Return both machines as Markdown: a diagram, and who may do what with which evidence."""
    lines = [
        "# 隐患台账的状态 States of the hazard ledger",
        "",
        "Written by `python -m wsai.ledger.draw` from `wsai/ledger/data/machines.yaml`; "
        "a test compares.",
        "逾期由期限计算得出，不是状态。 Overdue is computed from the deadline and is no state.",
        "",
    ]
    for machine in machines().values():
        lines += [f"## {machine.name_zh} {machine.name_en}", "", *_diagram(machine), ""]
        lines += [*_table(machine), ""]
    return "\n".join(lines)


def _diagram(machine: Machine) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    for key, words in machine.states.items():
        yield f'    state "{words.zh} {words.en}" as {_id(key)}'
    for key in machine.first:
        yield f"    [*] --> {_id(key)}"
    for one in machine.transitions:
        for source in one.sources if one.target else ():
            yield f"    {_id(source)} --> {_id(one.target or source)}: {one.zh}"
    for key, words in machine.states.items():
        if words.end:
            yield f"    {_id(key)} --> [*]"
    yield "```"


def _id(state: str) -> str:
    return state.replace("-", "_")


def _table(machine: Machine) -> Iterator[str]:
    yield "| act | from | to | who | needs |"
    yield "|---|---|---|---|---|"
    for one in machine.transitions:
        sources = "、".join(machine.states[key].zh for key in one.sources)
        target = machine.states[one.target].zh if one.target else "（不变）"
        who = "、".join(ROLE_ZH[role] for role in one.roles)
        yield f"| {one.zh} `{one.do}` | {sources} | {target} | {who} | {', '.join(one.needs)} |"


if __name__ == "__main__":
    print(document(), end="")
