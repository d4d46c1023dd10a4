"""The newest checkpoint by mail: whoever keeps the mails has checkpoints that nobody here can change."""

from flask import current_app

from workflow_app import clock, mail
from workflow_app.sealing import stored
from workflow_app.settings import Settings


def mail_newest() -> bool:
    """Send it, with the statement of the key that signed it; False where there is nothing to send.

    Raises:
        mail.NotSent: see there.
    """
    settings: Settings = current_app.config["SETTINGS"]
    newest = stored.newest()
    if not settings.seal_mail_to or newest is None:
        return False
    key = next(one for one in stored.all_keys() if one.number == newest.key_number)
    when = f"{clock.local(newest.at):%Y-%m-%d %H:%M:%S}"
    text = (
        f"研修签批轨迹的检查点，请保存这封邮件。\n\n"
        f"时间：{when}\n条数：{newest.size}\n\n{newest.note}\n"
        f"公钥：\n{key.vkey}\n\n"
        "日后核对：把检查点和公钥各存成文件，运行\n"
        "workflow-app trail verify 导出文件 --checkpoint 检查点文件 --key 公钥文件\n"
    )
    attached = {f"checkpoint-{newest.size:012}.txt": newest.note, f"key-{key.number:04}.txt": key.note}
    mail.send(settings, settings.seal_mail_to, f"轨迹检查点 {newest.size} 条 {when}", text, attached)
    return True
