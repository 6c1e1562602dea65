"""How is a page of the dashboard made?

1. `bot/web/dashboard/<name>.py`: a class whose methods answer `(request, seat)`. `seat.person` is who
   reads; they have signed in, are in the roster and are members of the chat: `Seats` saw to that.
2. It ends with `def routes(given: Given) -> Routes: return (get("/queue", QueuePage(...).page),)`, made
   of what `Given` has. Something missing there? Add a field, and give it in `bot/house.py`.
3. `return self.frame.show("queue", seat, here="/queue", live=True, rows=rows)` renders
   `templates/queue.html`, which begins with `{% extends "frame.html" %}` and fills the blocks `title`,
   `head` (own style or script) and `main`. Facts stand in it as names; every text is escaped. No
   `style=`, no inline script: browsers refuse them. `/static/<file>` serves all of `static/`.
4. Live parts: `<div id="list" hx-get="{{ base }}/queue?part=list" hx-trigger="changed from:body, every
   60s" hx-swap="outerHTML">`; answer `?part=list` by `self.frame.part("queue_list", ...)`. No
   `<details>` within; links keep the focus, what else can have it needs an id; `aria-live` stands on one
   short line alone, which is read out when it changes.
5. `post("/signoffs/{id}/{deed}", page.deed)` is called for JSON of our own pages alone: a script sends
   it with `X-Csrf: document.body.dataset.csrf`. Raise a Refusal (409) or a `web.HTTPException`; on a
   page either becomes a page that says so.
6. Put `<name>.routes` into `PAGES` of `routes.py`, each new pattern into `bot/web/access.py`
   (`Access.SEAT`), and a path that one may sign in for into `visits.opened_by`. docs/dashboard.md and
   docs/security.md name what a proxy forwards, and tests/browser/test_axe.py looks at every page.
"""
