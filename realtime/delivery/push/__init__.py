"""Web push: `sender` decides and sends what the outbox has, `looking` is the last look at it,
`payload` what is said, `keys` signs it, `post` is one request to a push service, `answers` what its
answer means, `hosts` how much of a push service may be asked at once, `concluding` what comes of it
all."""
