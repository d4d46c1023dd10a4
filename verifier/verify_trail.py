#!/usr/bin/env python3
"""核对研修签批导出的轨迹。只用 Python 3.8 以上自带的库，不联网，不需要本系统，一个文件可以通读。

用法：  python3 -I verify_trail.py 导出.jsonl [--checkpoint 检查点.txt] [--key 公钥.txt]

  导出.jsonl    workflow-app trail export 写出的文件
  检查点.txt    存在别处的检查点（邮件、打印件、SEAL_DIR 里的 checkpoint-*.txt）
  公钥.txt      从别处得到的公钥（一行一把，或 SEAL_DIR 里的 key-*.txt）

核对：每条事件与它的摘要相符，每份文件的事件首尾相接；意见与事件里的加盐摘要相符；检查点由当时的密钥签名
（Ed25519），密钥一把引入一把；封存的条目按次序重建 RFC 9162 的树，每个检查点（导出里的和所给的）都是它当时
的根，一条不少（只导出一部分文件时，核对归入证明和一致性证明）。
全部相符退出码为 0，有任何不符为 1。
"""

import argparse
import base64
import hashlib
import json
import re
import sys

DOCUMENTS = "artefact"  # the log of the documents' events, as leaves name it
ZEROS = "0" * 64


def sha256(data):
    return hashlib.sha256(data).digest()


# --- Ed25519 verification, RFC 8032 section 5.1.7 (points in extended coordinates) ------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)


def point_add(one, two):
    a, b = (one[1] - one[0]) * (two[1] - two[0]) % P, (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_times(number, point):
    found = (0, 1, 1, 0)
    while number:
        if number & 1:
            found = point_add(found, point)
        point = point_add(point, point)
        number >>= 1
    return found


def point_of(data):
    """The point in 32 bytes; None where they are none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_holds(public, signature, message):
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r, s = point_of(public), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= ORDER:
        return False
    number = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    one, two = point_times(s, BASE), point_add(r, point_times(number, key))
    return (one[0] * two[2] - two[0] * one[2]) % P == 0 and (one[1] * two[2] - two[1] * one[2]) % P == 0


# --- signed notes (C2SP signed-note): text, an empty line, lines "— name base64(key id, signature)" -


def key_of(text):
    """(name, key id, public key) of ``name+id+base64``."""
    name, number, encoded = text.strip().split("+", 2)
    data = base64.b64decode(encoded, validate=True)
    wanted = sha256(name.encode() + b"\n" + data)[:4]
    if data[0] != 1 or len(data) != 33 or wanted.hex() != number:
        raise ValueError(text)
    return name, wanted, data[1:]


def note_of(whole):
    """(text, signatures) of a note."""
    text, separator, lines = whole.rpartition("\n\n")
    if not separator:
        raise ValueError("no note")
    signatures = []
    for line in lines.splitlines():
        dash, name, encoded = line.split(" ")
        data = base64.b64decode(encoded, validate=True)
        signatures.append((name, data[:4], data[4:]) if dash == "—" else None)
    return text + "\n", signatures


def signed_by(note, key):
    name, number, public = key
    return any(
        one and one[:2] == (name, number) and ed25519_holds(public, one[2], note[0].encode())
        for one in note[1]
    )


def head_of(note):
    """(origin, size, root, time) that a checkpoint states."""
    origin, size, root, time, _end = note[0].split("\n")
    root = base64.b64decode(root, validate=True)
    if len(root) != 32 or not time.startswith("time "):
        raise ValueError("no checkpoint")
    return origin, int(size), root, time[5:]


# --- the Merkle tree of RFC 9162, section 2.1 ------------------------------------------------------


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def leaf_hash(says):
    fields = {name: says[name] for name in ("document", "hash", "log", "seq")}
    text = json.dumps({"v": 1, **fields}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(b"\x00" + text.encode())


def split(size):
    return 1 << ((size - 1).bit_length() - 1)  # the largest power of two below size


def included(index, size, leaf, path):
    """The root an inclusion proof leads to (2.1.3); the last hash of the path is the topmost."""
    if size == 1:
        return leaf if not path else None
    left = split(size)
    if index < left:
        return node_hash(included(index, left, leaf, path[:-1]), path[-1])
    return node_hash(path[-1], included(index - left, size - left, leaf, path[:-1]))


def both_roots(first, second, known, path):
    """The roots of the first so many and of all leaves by a consistency proof (2.1.4); known: the first's."""
    if first == second:
        (found,) = [known] if known else path
        return found, found
    left = split(second)
    if first <= left:
        old, new = both_roots(first, left, known, path[:-1])
        return old, node_hash(new, path[-1])
    old, new = both_roots(first - left, second - left, None, path[:-1])
    return node_hash(path[-1], old), node_hash(path[-1], new)


def unpacked(proof):
    return [base64.b64decode(one, validate=True) for one in proof]


# --- the file --------------------------------------------------------------------------------------


class Export:
    def __init__(self, checkpoint, keys):
        self.problems, self.remarks, self.given_keys = [], [], keys
        self.given = note_of(checkpoint) if checkpoint is not None else None
        self.given_head = head_of(self.given) if self.given else (None, -1, None, None)
        self.keys, self.heads, self.roots, self.chains, self.sealed = [], [], {}, {}, {}
        self.edge, self.leaves, self.events, self.footer = [], 0, 0, None
        self.whole = hashlib.sha256()

    def check(self, line, holds, why):
        if not holds:
            self.problems.append("第 %d 行：%s" % (line, why))

    def line(self, number, data):
        says = json.loads(data.decode())
        self.check(number, self.footer is None, "末行之后还有内容")
        if number == 1:
            self.header(says)
        elif "end" in says:
            self.footer = says
            told = (says["sha256"], says["events"])
            self.check(number, told == (self.whole.hexdigest(), self.events), "与末行不符，写出之后被改动过")
        else:
            kind = next((one for one in ("checkpoint", "leaf") if one in says), "event")
            getattr(self, kind)(number, says)
        self.whole.update(data)

    def header(self, says):
        if says.get("format") != "yanxiu-trail" or says.get("version") != 2:
            raise SystemExit("不是 trail export 写出的第 2 版文件。")
        self.head, sealed = says, says["sealed"] or {"size": 0, "complete": False, "keys": []}
        self.size, self.complete = sealed["size"], sealed["complete"]
        for number, text in enumerate(sealed["keys"], 1):
            note = note_of(text)
            said = dict(line.split(" ", 1) for line in note[0].splitlines())
            key, before = key_of(said["key"]), self.keys[-1]["key"] if self.keys else None
            anew = said.get("compromised-since")  # the key before it was in other hands and may not sign
            replaces = key_of(said["replaces"]) if before else None
            self.check(1, signed_by(note, key) and replaces == before, "第 %d 把公钥的声明不对" % number)
            brought_in = before is None or anew or signed_by(note, before)
            self.check(1, brought_in, "第 %d 把公钥没有前一把的签名" % number)
            if anew:
                self.remarks.append(
                    "第 %d 把密钥已声明泄露，自 %s 起，只凭它的签名不足为证" % (number - 1, anew)
                )
            self.keys.append({"key": key, "size": int(said["size"]), "anew": anew})
        known = [place for place, one in enumerate(self.keys) if one["key"] in self.given_keys]
        needed = max([0] + [place for place, one in enumerate(self.keys) if one["anew"]])
        vouched = not self.given_keys or (known and known[-1] >= needed)
        self.check(1, vouched, "所给的公钥不能证明导出里的签名密钥")
        signed = not self.given or any(signed_by(self.given, one["key"]) for one in self.keys)
        self.check(1, signed, "所给的检查点不是导出里任何一把密钥签的")

    def event(self, number, says):
        self.events += 1
        document, seq, text = says["artefact"], says["seq"], says["canonical"].encode()
        name, hashes = "文件 %d 第 %d 条" % (document, seq), self.chains.setdefault(document, [])
        facts, said = json.loads(text.decode()), says["said"]
        self.check(number, sha256(text).hex() == says["hash"], name + "的内容与摘要不符")
        dense = seq == len(hashes) + 1 and (facts["seq"], facts["artefact"]) == (seq, document)
        self.check(number, dense, name + "的编号不对，或前面缺了")
        self.check(number, facts["prev"] == (hashes[-1] if hashes else ZEROS), name + "与前一条接不上")
        self.check(number, (said is None) == (facts["comment_sha256"] is None), name + "的意见多了或少了")
        if said and said["text"] is not None:
            salted = sha256(bytes.fromhex(said["salt"]) + said["text"].encode()).hex()
            self.check(number, salted == facts["comment_sha256"], name + "的意见与摘要不符")
        hashes.append(says["hash"])

    def checkpoint(self, number, says):
        note = note_of(says["checkpoint"])
        _origin, size, root, time = head = head_of(note)
        name, before = "%d 条处的检查点" % size, self.heads[-1] if self.heads else None
        ends = [one["size"] for one in self.keys[1:]] + [size]
        turn = [one["key"] for one, end in zip(self.keys, ends) if one["size"] <= size <= end]
        self.check(number, any(signed_by(note, key) for key in turn), name + "的签名不对")
        in_order = before is None or (size > before[1] and time >= before[3])
        self.check(number, in_order, name + "的次序不对")
        if before and in_order and not self.complete:
            roots = both_roots(before[1], size, before[2], unpacked(says["proof"]))
            self.check(number, roots == (before[2], root), name + "与前一个接不上")
        self.heads.append(head)
        self.roots[size] = root

    def leaf(self, number, says):
        index, log, document, seq = says["leaf"], says["log"], says["document"], says["seq"]
        name = "%s %d 第 %d 条" % ("文件" if log == DOCUMENTS else log, document, seq)
        dense = seq == self.sealed.get((log, document), 0) + 1
        self.check(number, dense and index >= self.leaves, name + "的封存次序不对")
        self.sealed[log, document] = seq
        if log == DOCUMENTS:
            event = self.chains.get(document, [])[seq - 1 : seq]
            self.check(number, event == [says["hash"]], name + "封存之后被改动过，或不在文件里")
        found, level = leaf_hash(says), 0
        if not self.complete:
            root = included(index, self.size, found, unpacked(says["proof"]))
            self.check(number, root and root == self.roots.get(self.size), name + "不在检查点的树里")
            return
        self.check(number, index == self.leaves, "封存的第 %d 条起少了几条" % (self.leaves + 1))
        self.leaves = index + 1
        while self.edge and self.edge[-1][0] == level:  # two subtrees of one size become one
            found, level = node_hash(self.edge.pop()[1], found), level + 1
        self.edge.append((level, found))
        wanted = {self.roots.get(self.leaves)} - {None}
        if self.given_head[1] == self.leaves:
            wanted.add(self.given_head[2])
        if wanted:
            root = self.edge[-1][1]
            for _level, left in reversed(self.edge[:-1]):
                root = node_hash(left, root)
            why = "%d 条处的检查点（导出里的或所给的）与封存的各条不符" % self.leaves
            self.check(number, wanted == {root}, why)

    def end(self, number):
        self.check(number, self.footer, "缺末行，文件没有写完或被截断")
        newest = self.heads[-1][1] if self.heads else 0
        self.check(number, newest == self.size, "缺 %d 条处的检查点" % self.size)
        if self.complete:
            self.check(number, self.leaves == self.size, "封存过 %d 条，文件里不全" % self.size)
        _origin, size, root, time = self.given_head
        if size > self.size:
            later = time > self.head["exported_at"]
            why = "它是导出之后签的，请用更新的导出" if later else "轨迹的末尾被截断过"
            self.check(number, False, "所给的检查点有 %d 条，导出里只到 %d 条：%s" % (size, self.size, why))
        elif self.given and not self.complete:
            why = (
                "与所给的检查点不同：轨迹被重写过" if size in self.roots else "部分导出核对不了它，请导出全部"
            )
            self.check(number, self.roots.get(size) == root, why)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    parser = argparse.ArgumentParser(description="核对研修签批导出的轨迹。")
    parser.add_argument("export")
    parser.add_argument("--checkpoint")
    parser.add_argument("--key")
    options = parser.parse_args()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")
    number = 0
    try:
        lines = read(options.key).splitlines() if options.key else []
        found = [re.match(r"(?:key )?(\S+\+[0-9a-f]{8}\+\S+)$", line) for line in lines]
        keys = [key_of(one.group(1)) for one in found if one]
        if options.key and not keys:
            raise SystemExit("--key 的文件里没有公钥。")
        export = Export(read(options.checkpoint) if options.checkpoint else None, keys)
        with open(options.export, "rb") as file:
            for number, data in enumerate(file, 1):
                export.line(number, data)
        if number == 0:
            raise SystemExit("文件是空的。")
        export.end(number)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise SystemExit("第 %d 行读不懂，不是完好的导出（%s）。" % (number, error)) from None
    except OSError as error:
        raise SystemExit("%s 读不出来（%s）。" % (error.filename, error.strerror)) from None
    for line in export.remarks + export.problems[:20]:
        print(line)
    if export.problems:
        raise SystemExit("有问题：共 %d 处不符。" % len(export.problems))
    told = (len(export.chains), export.events, len(export.heads))
    print("完好：%d 份文件的 %d 条事件，%d 个检查点。" % told)
    for one in [] if keys else export.keys:
        print("公钥是导出自己带的，请与另外得到的比对：" + sha256(one["key"][2]).hex())
    if not export.given:
        print("没有给检查点：末尾的几条连同检查点一起被删掉的话，这里看不出来。")
    elif export.complete:
        print("到所给的检查点为止封存的 %d 条，一条不少，没有改动。" % export.given_head[1])
    else:
        print("文件里的这些事件与所给的检查点相符；还有没有别的事件，要导出全部才看得出。")


if __name__ == "__main__":
    main()
