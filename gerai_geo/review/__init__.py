"""The meeting round: workbook read back, edits merged, screenings compared."""
