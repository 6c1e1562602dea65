"""How risky is a change, and what makes it so? Each file here looks at one sort of reason."""

from __future__ import annotations

from bot.domain.risk.assessing import RiskRules, assess_risk
from bot.domain.risk.reasons import TIERS, Reason, Risk, RiskTier
from bot.domain.risk.territory import Territory
from bot.domain.risk.windows import Window, open_windows

__all__ = [
    "TIERS",
    "Reason",
    "Risk",
    "RiskRules",
    "RiskTier",
    "Territory",
    "Window",
    "assess_risk",
    "open_windows",
]
