"""What other backends are told and asked: `sender` sends an endpoint what the outbox has, `before`
asks about a message, `payload` is what is said, `signing` signs it as Standard Webhooks are,
`answers` says what an answer means."""
