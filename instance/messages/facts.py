"""What happens in conversations."""

from dataclasses import dataclass

from instance.core.facts import Fact


@dataclass(frozen=True)
class ConversationRead(Fact):
    """Somebody has read a conversation: what was told of it is read too."""

    account_id: int
    conversation_id: int
