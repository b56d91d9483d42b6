# SPDX-License-Identifier: GPL-2.0
# bash completion for lua-ulp

_lua_ulp()
{
	local cur prev words cword split
	_init_completion -s || return

	local command=${words[1]} i
	if [[ $cword -eq 1 ]]; then
		COMPREPLY=($(compgen -W 'check run attach detach stat log trace --help' -- "$cur"))
		return
	fi

	# behind run's options, the program and its own arguments
	if [[ $command == run ]]; then
		for ((i = 2; i < cword; i++)); do
			case ${words[i]} in
			-s | -e | -p | --script | --entry | --port) ((i++)) ;;
			--)
				_command_offset $((i + 1))
				return
				;;
			-*) ;;
			*)
				_command_offset "$i"
				return
				;;
			esac
		done
	fi

	case $prev in
	-s | --script)
		_filedir lua
		return
		;;
	-i | --input)
		_filedir
		return
		;;
	--pid)
		_pids
		return
		;;
	-l | --limit)
		COMPREPLY=($(compgen -S = -W 'max_dict_memory max_instructions max_memory max_script
			max_states max_total_memory' -- "$cur"))
		compopt -o nospace
		return
		;;
	-e | --entry | -n | --split | --lines | -p | --port)
		return
		;;
	-c | --connection)
		[[ $command != check ]] || return
		;;
	esac
	$split && return

	local options=--help
	case $command in
	check) options+=' --entry --input --split --connection --limit --hex --quiet' ;;
	run) options+=' --script --entry --port --' ;;
	attach) options+=' --script --entry --pid --port --connections' ;;
	detach) options+=' --pid --port --connections' ;;
	stat) options+=' --watch --json --port' ;;
	log | trace) options+=' --port --lines' ;;
	esac
	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$options" -- "$cur"))
	elif [[ $command == check ]]; then
		_filedir lua
	elif [[ $command == run ]]; then
		COMPREPLY=($(compgen -c -- "$cur"))
	fi
} &&
	complete -F _lua_ulp lua-ulp
