"""A plugin asked as a practice runs it: in a fenced process, seeing what it asks for."""

from __future__ import annotations

from collections.abc import Iterator

from api.partner_kit.locate import Located
from core.errors import PluginError
from core.rules.facts import ScrubFacts
from core.scrub.engine import scrub
from core.scrub.finding import RULE_FAILED
from plugins.conformance.code import Words, code_in
from plugins.conformance.fault import Fault
from plugins.conformance.hostile import AS_OF, practice_knobs, samples
from plugins.host import EnabledPlugin, PluginHost
from plugins.source import PluginSource


def fenced_faults(plugin: Located) -> tuple[list[Fault], str]:
    """What goes wrong there and nowhere else; and why it could not be tried, or empty."""
    source = PluginSource(
        name=plugin.name, module=plugin.module, version=plugin.version, folder=plugin.folder
    )
    host = PluginHost(sources=(source,))
    try:
        return list(_asked(host, plugin)), ""
    except PluginError as error:
        return [Fault(check="fenced", message=error.message)], ""
    finally:
        host.close()


def _asked(host: PluginHost, plugin: Located) -> Iterator[Fault]:
    words = _words(plugin)
    enabled = EnabledPlugin(name=plugin.name, version=plugin.version)
    book = host.build_rule_book([enabled], practice=practice_knobs(plugin.name, words))
    some = [one for one in samples(words) if not one.what]
    facts = ScrubFacts(by_claim={one.claim.claim_number: one.facts for one in some})
    broken: dict[str, None] = {}
    for report in scrub([one.claim for one in some], book, facts, as_of=AS_OF):
        for finding in report.findings:
            if finding.reason == RULE_FAILED:
                broken[finding.rule] = None
    for rule in broken:
        said = f"rule {rule} fails in the fenced process a practice runs it in"
        yield Fault(check="fenced", rule=rule, message=said)


def _words(plugin: Located) -> Words:
    parts = plugin.module.split(".")
    folder = plugin.folder.joinpath(*parts) if plugin.folder else None
    return code_in(folder, parts[-1]).words() if folder and folder.is_dir() else Words()
