@echo off
setlocal
title Gerai Geo
set PYTHONUTF8=1
if not exist "%~dp0python\python.exe" (
  echo Ekstrak dahulu seluruh berkas ZIP ke sebuah folder, lalu buka Gerai Geo.cmd di folder itu.
  echo Extract the whole ZIP into a folder first, then open Gerai Geo.cmd in that folder.
  pause
  exit /b 1
)
echo Membuka halaman di peramban. Biarkan jendela ini terbuka; tutup bila sudah selesai.
echo Opening the page in the browser. Keep this window open; close it when you are done.
echo.
"%~dp0python\python.exe" -m gerai_geo app %*
if errorlevel 1 pause
