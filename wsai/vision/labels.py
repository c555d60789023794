"""The one vocabulary of things that WSAI can see.

Models, data sets, rules and pages use these words and never a model's class number.
"""

from __future__ import annotations

from enum import StrEnum


class Label(StrEnum):
    """A kind of thing in a picture; the value is what files and the API carry."""

    PERSON = "person"
    HELMET = "helmet"
    NO_HELMET = "no-helmet"
    VEST = "vest"
    NO_VEST = "no-vest"
    MASK = "mask"
    NO_MASK = "no-mask"
    GOGGLES = "goggles"
    NO_GOGGLES = "no-goggles"
    GLOVES = "gloves"
    NO_GLOVES = "no-gloves"
    BOOTS = "boots"
    NO_BOOTS = "no-boots"
    CONE = "cone"
    MACHINERY = "machinery"
    VEHICLE = "vehicle"
    FORKLIFT = "forklift"
    PALLET = "pallet"
    DOOR = "door"
    WASTE = "waste"
    WASTE_BIN = "waste-bin"
    FIRE = "fire"
    SMOKE = "smoke"
    PERSON_FALLEN = "person-fallen"
    # new labels are only ever added at the end: a model's weights know them by their place
    MACHINE = "machine"
    MOVING_PART = "moving-part"
    GUARD = "guard"
    EXIT_DOOR = "exit-door"
    EXIT_SIGN = "exit-sign"
    OBSTACLE = "obstacle"
    FIRE_EXTINGUISHER = "fire-extinguisher"
    HYDRANT_BOX = "hydrant-box"
    FIRE_SIGN = "fire-sign"
    SPILL = "spill"
    CHAIN_LOCK = "chain-lock"

    @property
    def zh(self) -> str:
        """Return the Chinese name.

        >>> Label.NO_HELMET.zh
        '未戴安全帽'
        """
        return _ZH[self]

    @property
    def en(self) -> str:
        """Return the English name.

        >>> Label.PERSON_FALLEN.en
        'person fallen'
        """
        return self.value.replace("-", " ")

    @property
    def a_en(self) -> str:
        """Return the English name after its article, to begin a sentence with.

        >>> Label.OBSTACLE.a_en, Label.CONE.a_en
        ('An obstacle', 'A cone')
        """
        return f"{'An' if self.en[0] in 'aeiou' else 'A'} {self.en}"


_ZH: dict[Label, str] = {
    Label.PERSON: "人员",
    Label.HELMET: "安全帽",
    Label.NO_HELMET: "未戴安全帽",
    Label.VEST: "反光背心",
    Label.NO_VEST: "未穿反光背心",
    Label.MASK: "口罩",
    Label.NO_MASK: "未戴口罩",
    Label.GOGGLES: "护目镜",
    Label.NO_GOGGLES: "未戴护目镜",
    Label.GLOVES: "防护手套",
    Label.NO_GLOVES: "未戴手套",
    Label.BOOTS: "安全鞋",
    Label.NO_BOOTS: "未穿安全鞋",
    Label.CONE: "锥桶",
    Label.MACHINERY: "工程机械",
    Label.VEHICLE: "车辆",
    Label.FORKLIFT: "叉车",
    Label.PALLET: "托盘",
    Label.DOOR: "门",
    Label.WASTE: "废弃物",
    Label.WASTE_BIN: "垃圾桶",
    Label.FIRE: "明火",
    Label.SMOKE: "烟雾",
    Label.PERSON_FALLEN: "人员倒地",
    Label.MACHINE: "机械设备",
    Label.MOVING_PART: "外露运动部件",
    Label.GUARD: "防护罩",
    Label.EXIT_DOOR: "安全出口门",
    Label.EXIT_SIGN: "安全出口标志",
    Label.OBSTACLE: "堆放物",
    Label.FIRE_EXTINGUISHER: "灭火器",
    Label.HYDRANT_BOX: "消火栓箱",
    Label.FIRE_SIGN: "消防设施标志",
    Label.SPILL: "地面积液",
    Label.CHAIN_LOCK: "链锁",
}
