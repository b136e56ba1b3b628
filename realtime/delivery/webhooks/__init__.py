"""What other backends are told and asked: signed as Standard Webhooks are."""
