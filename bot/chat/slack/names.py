"""What are the buttons, menus, forms and shortcuts called? Slack repeats these names to us."""

from __future__ import annotations

APPROVE, REJECT, DETAILS = "signoff_approve", "signoff_reject", "signoff_details"
CLAIM, RELEASE = "signoff_claim", "signoff_release"
UNDO, RENEW, WITHDRAW = "signoff_undo", "signoff_renew", "signoff_withdraw"
STEP_UP = "signoff_step_up"
"""Leads to our own page. Slack opens it, and tells us that it did."""

MORE = "signoff_more"
"""The menu of a card; the values of its options are the words below."""

NOTE, INQUIRE, DELEGATE, SNOOZE, TAKE_BACK = "note", "inquire", "delegate", "snooze", "take_back"

ANSWER = "signoff_answer"
AI_HELPED, AI_DID_NOT = "signoff_ai_helped", "signoff_ai_did_not"
DOUBT = "signoff_doubt"
GO_AWAY, COME_BACK = "signoff_go_away", "signoff_come_back"
SETTINGS, PAGE = "signoff_settings", "signoff_page"
"""On the page of a person: their settings, and the part of it that is shown."""

APPROVE_FORM, REJECT_FORM = "signoff_form_approve", "signoff_form_reject"
INQUIRY_FORM, ANSWER_FORM = "signoff_form_inquire", "signoff_form_answer"
DELEGATE_FORM, SNOOZE_FORM = "signoff_form_delegate", "signoff_form_snooze"
WITHDRAW_FORM, DOUBT_FORM = "signoff_form_withdraw", "signoff_form_doubt"
AWAY_FORM, SETTINGS_FORM = "signoff_form_away", "signoff_form_settings"
ASK_FORM = "signoff_form_ask"
"""What `/signoff` would be asked, as a form."""

GLOBAL_SHORTCUT, MESSAGE_SHORTCUT = "signoff_shortcut", "signoff_message_shortcut"
