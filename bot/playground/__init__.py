"""What does a Slack workspace and a pipeline look like on one machine, without any account?"""
