"""Private messages: conversations between named persons, here and on other servers."""
