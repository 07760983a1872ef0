"""What happens to reports and to what they are about."""

from dataclasses import dataclass

from instance.core.facts import Fact


@dataclass(frozen=True)
class ReportReceived(Fact):
    """Somebody reported a post."""

    report_id: int


@dataclass(frozen=True)
class ReportPassedOn(Fact):
    """Who reported, or with `by_moderator` who decided, wants the author's own server to know."""

    report_id: int
    by_moderator: bool = False


@dataclass(frozen=True)
class CaseWaits(Fact):
    """A report waits for a moderator who may open it."""

    account_id: int
    quartier_id: int


@dataclass(frozen=True)
class ReportAnswered(Fact):
    """A report was decided, or its post went away."""

    report_id: int
    account_id: int  # 0: sent without account, or the account is gone


@dataclass(frozen=True)
class MeasureTaken(Fact):
    """A measure was taken against a post, was lifted, or its appeal was decided; `account_id` is the author's."""

    post_id: int
    account_id: int
    measure_id: int  # the one that the author's page shows
