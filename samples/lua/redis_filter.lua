-- SPDX-License-Identifier: GPL-2.0
-- Redis without some commands: they are refused before the server has seen them,
-- pipelined or not, and with them those that run others from a script, or replace all
-- data. So are commands of more than 64 KiB or 1024 arguments (see resp.command).

local resp = require 'resp'

local FORBIDDEN = {}
for name in ('FLUSHALL FLUSHDB KEYS EVAL EVALSHA EVAL_RO EVALSHA_RO FCALL FCALL_RO ' ..
	     'FUNCTION SCRIPT REPLICAOF SLAVEOF DEBUG CLUSTER MODULE MIGRATE'):gmatch('%S+') do
	FORBIDDEN[name] = true
end

function process(data)
	local command, why, n = resp.command(data)
	while why == 'incomplete' do
		local _, ended = more(n)
		if ended then return false, 'half a command' end
		command, why, n = resp.command(data)
	end
	if not command then return false, why end
	if FORBIDDEN[command.name] then return false, command.name .. ' is forbidden' end
	return true, command.length
end
