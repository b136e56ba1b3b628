"""What other backends ask through Redis, in this application's rooms (`transport/bridges`)."""
