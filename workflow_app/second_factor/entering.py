"""What happens once it is known who somebody is: the second step, or in, and on to where they were going."""

from flask import flash, redirect, render_template, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from workflow_app import clock, inputs, security_log
from workflow_app.authentication import resubmission, sessions
from workflow_app.extensions import db
from workflow_app.people import password_rules
from workflow_app.people.accounts import Account
from workflow_app.people.models import Person
from workflow_app.second_factor import factors

Page = str | Response


def go_on(person: Person, next_path: str | None, carried: str | None) -> Page:
    """The first factor was right: ask for the second from whoever has one, let the others in."""
    kinds = factors.kinds(person.id)
    if not kinds:
        return let_in(person.id, next_path, carried)
    session.pop("access", None)
    session["half_way"] = [Account.of(person).get_id(), clock.stamp(clock.now())]
    return render_template(
        "second_factor/login.html",
        person=person,
        kinds=kinds,
        error="",
        next=resubmission.safe_path(next_path) or "",
        carried=carried or "",
    )


def person_of(user_id: str) -> Person | None:
    """Whose ``get_id()`` this is, unless what ends sessions has happened since."""
    number, _sep, epoch = user_id.partition(":")
    person = db.session.get(Person, inputs.identifier(number) or 0)
    same = person is not None and person.disabled_at is None and person.epoch == inputs.version(epoch)
    return person if same else None


def let_in(person_id: int, next_path: str | None, carried: str | None) -> Page:
    """Log this browser in; then the form that was carried through the login, or the page asked for."""
    person = db.session.get_one(Person, person_id)
    sessions.enter(person)
    security_log.record("login", person_id=person.id)
    session["has_passkey"] = factors.kinds(person.id).passkey
    if factors.lacking(person.id):
        session["factor_lacking"] = True
        flash(_("您的角色须有第二道验证，请先设置。"), "warning")
    if person.must_change_password:
        flash(_("这个密码不是您自己设的，请先改成自己的密码。"), "warning")
    elif password_rules.expired(person):
        flash(_("您的密码已用满 %(n)s 天，请改成新的。", n=password_rules.LASTS.days), "warning")
    kept = resubmission.unpack(carried)
    if kept and not kept.belongs_to(person.id):
        flash(_("登录前填写的内容是另一位用户的，没有带过来。"), "warning")
        return redirect(url_for("desk.inbox"), 303)
    if kept:
        return render_template("web/resume.html", action=kept.path, fields=kept.fields)
    if carried:
        flash(_("登录前填写的内容已超过两小时，没有保留下来。"), "warning")
    return redirect(resubmission.safe_path(next_path) or url_for("desk.inbox"), 303)
