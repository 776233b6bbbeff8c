/**
 * The completion scripts. Each asks pqx for candidates and gives the rest to the shell: files, commands, and behind
 * `pqx TOOL` the completion that the tool has without pqx. Nothing that pqx prints is evaluated.
 */

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export function isShell(text: string): text is Shell {
  return (SHELLS as readonly string[]).includes(text);
}

/** `self`: the command that starts pqx, quoted for the shell. */
export function completionScript(shell: Shell, self: string): string {
  switch (shell) {
    case 'bash':
      return BASH.replace('@SELF@', () => self);
    case 'zsh':
      return ZSH.replace('@SELF@', () => self);
    case 'fish':
      return FISH.replace('@SELF@', () => self);
  }
}

/** Readline splits words at = and :, which pqx does not: they are joined again, and what stands before them is cut off. */
const BASH = `# completion of pqx for bash: eval "$(pqx completion bash)"
_pqx_delegate() {
  local at=$1 command=\${COMP_WORDS[$1]} spec
  local name=\${command##*/}
  if declare -F _comp_command_offset >/dev/null; then _comp_command_offset "$at"; return; fi
  if declare -F _command_offset >/dev/null; then _command_offset "$at"; return; fi
  COMP_WORDS=("\${COMP_WORDS[@]:at}")
  COMP_CWORD=$((COMP_CWORD - at))
  COMP_LINE="\${COMP_WORDS[*]}"
  COMP_POINT=\${#COMP_LINE}
  spec=$(complete -p -- "$name" 2>/dev/null)
  if [[ $spec =~ \\ -F\\ ([^\\ ]+)\\  ]]; then
    "\${BASH_REMATCH[1]}" "$command" "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
  else
    compopt -o default 2>/dev/null
  fi
}
_pqx() {
  local -a joined=() starts=() lines=()
  local at word current cut= line
  for ((at = 1; at <= COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    if ((\${#joined[@]} > 0 && at > 1)) && [[ $word == [=:] || ( \${COMP_WORDS[at - 1]} == [=:] && -n $word ) ]]; then
      joined[\${#joined[@]} - 1]+=$word
    else
      joined+=("$word")
      starts+=("$at")
    fi
  done
  current=\${joined[\${#joined[@]} - 1]}
  [[ $current == *[=:]* && $COMP_WORDBREAKS == *=* ]] && cut=\${current%"\${current##*[=:]}"}
  mapfile -t lines < <(@SELF@ completion candidates -- "\${joined[@]}" 2>/dev/null)
  COMPREPLY=()
  for line in "\${lines[@]}"; do
    case $line in
      :files) compopt -o default 2>/dev/null ;;
      :commands) mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -c -- "$current") ;;
      ':delegate '*) _pqx_delegate "\${starts[\${line#* }]}"; return ;;
      *) COMPREPLY+=("\${line#"$cut"}") ;;
    esac
  done
}
complete -F _pqx pqx
`;

const ZSH = `# completion of pqx for zsh: eval "$(pqx completion zsh)", behind compinit
_pqx() {
  local -a lines found
  local line
  lines=("\${(@f)$(@SELF@ completion candidates -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "\${lines[@]}"; do
    case $line in
      :files) _files ;;
      :commands) _command_names -e ;;
      ':delegate '*)
        shift $((\${line#* } + 1)) words
        ((CURRENT -= \${line#* } + 1))
        _normal
        ;;
      ?*) found+=("$line") ;;
    esac
  done
  (( \${#found} )) && compadd -- "\${found[@]}"
}
if ! (( \${+functions[compdef]} )); then
  autoload -Uz compinit && compinit -i
fi
compdef _pqx pqx
`;

const FISH = `# completion of pqx for fish: pqx completion fish | source
function __pqx_candidates
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  set -e before[1]
  for line in (@SELF@ completion candidates -- $before "$current" 2>/dev/null)
    switch $line
      case ':files'
        __fish_complete_path "$current"
      case ':commands'
        complete -C "$current"
      case ':delegate *'
        set -l at (math (string replace ':delegate ' '' -- $line) + 1)
        complete -C (string join ' ' -- (string escape -- $before[$at..-1]) "$current")
      case '*'
        echo $line
    end
  end
end
complete -c pqx -e
complete -c pqx -f -a '(__pqx_candidates)'
`;
