-- SPDX-License-Identifier: GPL-2.0
-- Refuses whatever comes: all that the server can read is ECONNREFUSED.

function process()
	return false, 'nothing may come in'
end
