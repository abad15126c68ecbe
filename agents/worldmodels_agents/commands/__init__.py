"""The command line's verbs that act: plan, learn, improve, demo."""
