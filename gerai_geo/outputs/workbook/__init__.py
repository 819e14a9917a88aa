"""The meeting workbook (XLSX)."""
