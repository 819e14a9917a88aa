@echo off
setlocal
set PYTHONUTF8=1
"%~dp0python\python.exe" -m gerai_geo %*
