"""What would do our work instead of us? Adapters for what others made, as small as they can be.

They are no requirement of ours. What is not importable is reported as "not installed":
`pip install procrastinate pgqueuer dbos asyncpg`, in an environment of its own.
"""
