"""What is kept: tables, repositories, files, the audit chain, migrations."""
