# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTP/1 readers that are lenient, each in its own way, as servers in the field are.

Request smuggling needs two readers with two opinions about where a message ends.  What torc sends
has to leave no room for a second opinion: messages() finds the same in it, whoever reads.
"""

import re


class Reader:
    """One opinion.  Everything that a keyword does not change is read as RFC 9112 has it."""

    def __init__(self, name, **leniencies):
        self.name = name
        self.bare_lf = leniencies.pop("bare_lf", False)  # LF ends a line
        self.bare_cr = leniencies.pop("bare_cr", False)  # and so does CR
        self.folds = leniencies.pop("folds", False)  # joins folded lines
        self.trims_names = leniencies.pop("trims_names", False)  # "Name :"
        self.drops_odd_bytes = leniencies.pop("drops_odd_bytes", False)  # "Na(me" is "Name"
        self.cut_at_nul = leniencies.pop("cut_at_nul", False)  # C strings
        self.which_length = leniencies.pop("which_length", "only")  # only, first, last
        self.length_wins = leniencies.pop("length_wins", False)  # over Transfer-Encoding
        self.coding = leniencies.pop("coding", "exact")  # exact, contains, last, never
        self.old_version_chunks = leniencies.pop("old_version_chunks", True)
        self.sizes = leniencies.pop("sizes", "strict")  # strict, strtol
        self.body_of_get = leniencies.pop("body_of_get", True)
        assert not leniencies

    def lines(self, data, at):
        """One line from `at`: its text and where the next one begins."""
        ends = [b"\r\n"] + [b"\n"] * self.bare_lf + [b"\r"] * self.bare_cr
        found = [(data.find(end, at), -len(end), end) for end in ends if data.find(end, at) >= 0]
        if not found:
            raise EOFError
        where, _, end = min(found)
        line = data[at:where]
        return line.split(b"\0")[0] if self.cut_at_nul else line, where + len(end)

    def fields(self, data, at):
        fields = []
        while True:
            line, at = self.lines(data, at)
            if not line:
                return fields, at
            if self.folds and line[:1] in b" \t" and fields:
                fields[-1] = (fields[-1][0], fields[-1][1] + b" " + line.strip())
                continue
            name, _, value = line.partition(b":")
            if self.trims_names:
                name = name.strip(b" \t\v\f\r\0")
            if self.drops_odd_bytes:
                name = re.sub(rb"[^A-Za-z0-9-]", b"", name)
            fields.append((name.lower(), value.strip(b" \t\v\f\r")))

    def length(self, values):
        values = [one.strip() for value in values for one in value.split(b",")]
        if self.which_length == "only":
            values = sorted(set(values))
            assert len(values) <= 1, f"{self.name}: lengths that differ: {values}"
        value = values[-1 if self.which_length == "last" else 0]
        digits = re.match(rb"[+]?(0[xX])?[0-9a-fA-F]*", value).group() or b"0"
        return int(digits, 16 if b"x" in digits.lower() else 10)

    def is_chunked(self, version, values):
        text = b",".join(values).lower()
        if not values or self.coding == "never":
            return False
        if version == b"HTTP/1.0" and not self.old_version_chunks:
            return False
        if self.coding == "contains":
            return b"chunked" in text
        if self.coding == "last":
            return text.split(b",")[-1].strip(b" \t\v\f\0\"'") == b"chunked"
        return text == b"chunked"

    def chunks(self, data, at):
        body = b""
        while True:
            line, at = self.lines(data, at)
            if self.sizes == "strtol":
                digits = re.match(rb"[ \t]*[+]?(?:0[xX])?([0-9a-fA-F]*)", line).group(1)
            else:
                digits = line.split(b";")[0]
            size = int(digits or b"0", 16)
            if size == 0:
                _, at = self.fields(data, at)
                return body, at
            if at + size > len(data):
                raise EOFError
            body += data[at : at + size]
            rest, at = self.lines(data, at + size)
            assert not rest, f"{self.name}: a chunk is longer than it says"

    def message(self, data, at, response=False):
        """One message from `at`: its first line, its body, and where it ends."""
        line, at = self.lines(data, at)
        words = line.split(b" ")
        fields, at = self.fields(data, at)
        lengths = [value for name, value in fields if name == b"content-length"]
        codings = [value for name, value in fields if name == b"transfer-encoding"]
        chunked = self.is_chunked(words[0] if response else words[-1], codings)
        if response and (words[1][:1] == b"1" or words[1] in (b"204", b"304")):
            return line, b"", at
        if not self.body_of_get and words[0] == b"GET":
            assert not lengths and not chunked
        if chunked and not (self.length_wins and lengths):
            body, at = self.chunks(data, at)
            return line, body, at
        if not lengths:
            return line, data[at:] if response else b"", len(data) if response else at
        length = self.length(lengths)
        if at + length > len(data):
            raise EOFError
        return line, data[at : at + length], at + length


READERS = [
    Reader("strict"),
    Reader("bare LF", bare_lf=True),
    Reader("bare CR and LF", bare_lf=True, bare_cr=True),
    Reader("folds", folds=True, bare_lf=True),
    Reader("trims names", trims_names=True, bare_lf=True),
    Reader("drops odd bytes", drops_odd_bytes=True),
    Reader("C strings", cut_at_nul=True),
    Reader("first length", which_length="first"),
    Reader("last length", which_length="last"),
    Reader("length before coding", length_wins=True, which_length="first"),
    Reader("any chunked", coding="contains", sizes="strtol"),
    Reader("last coding", coding="last", sizes="strtol", bare_lf=True),
    Reader("no chunks in HTTP/1.0", old_version_chunks=False),
]


def messages(reader, data, response=False):
    """Everything that this reader finds in a stream: (first line, body) each."""
    found, at = [], 0
    while at < len(data):
        line, body, at = reader.message(data, at, response)
        found.append((line, body))
    return found


def agreed(data, response=False):
    """What all readers find, or a failure that names who finds something else."""
    expected = messages(READERS[0], data, response)
    for reader in READERS[1:]:
        try:
            found = messages(reader, data, response)
        except EOFError:
            found = "an end that is missing"
        assert found == expected, f"{reader.name} reads {found} in {data!r}"
    return expected
