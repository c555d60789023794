"""Pictures that the project rendered itself, and how they become demo inspections."""
