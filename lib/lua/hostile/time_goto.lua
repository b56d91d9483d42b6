-- Time, by jumps that no loop statement makes.
-- ends: ETIME "instruction limit"
::here::
do goto there end
::there::
goto here
