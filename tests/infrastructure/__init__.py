"""The tests' own tools, tried on python-socketio's stock server and on nothing of ours."""
